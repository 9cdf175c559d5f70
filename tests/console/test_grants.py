"""Apps with access: what a person sees of what they allowed, and taking it back."""

from datetime import timedelta

import pytest

from hirewire.kit.clock import MovableClock
from hirewire.oauth.grants.model import CodeRequest, Grant, Refused
from tests.accounts.world import CALLBACK
from tests.console.world import ConsoleWorld, Visitor


async def allowed(console: ConsoleWorld, visitor: Visitor, *scopes: str) -> Grant:
    async with console.database.unit() as uow:
        return await console.desk.grants.allow(
            uow, visitor.person.id, console.accounts.app, frozenset(scopes)
        )


async def a_code(console: ConsoleWorld, visitor: Visitor, grant: Grant) -> str:
    async with console.database.unit() as uow:
        return await console.desk.grants.issue_code(
            uow,
            CodeRequest(
                person_id=visitor.person.id,
                app=console.accounts.app,
                grant_id=grant.id,
                scopes=grant.scopes,
                redirect_uri=CALLBACK,
                nonce=None,
                code_challenge=None,
                authenticated_at=uow.now,
                picked_employer_id=None,
                proof_key=None,
            ),
        )


class TestList:
    async def test_says_in_words_what_apps_may_do(self, console: ConsoleWorld) -> None:
        """
        The app, its owner and each scope are named as they were when the person was asked.
        """
        ada = await console.admin()
        await allowed(console, ada, "email", "interviews.schedule")

        page = await ada.page("/console/grants")

        for said in (
            "Agency",
            "by Employer 100",
            "See your e-mail address",
            "Schedule interviews",
            "Since <time",
            "not used yet",
        ):
            assert said in page
        assert "interviews.schedule" not in page

    async def test_says_when_it_was_changed_and_used(
        self, console: ConsoleWorld, clock: MovableClock
    ) -> None:
        """
        A person can tell which app they use no more.
        """
        ada = await console.admin()
        await allowed(console, ada, "email")
        await clock.advance(timedelta(hours=2))
        grant = await allowed(console, ada, "email", "conversations")
        await clock.advance(timedelta(hours=1))
        code = await a_code(console, ada, grant)
        async with console.database.unit() as uow:
            await console.desk.grants.redeem_code(
                uow,
                app=console.accounts.app,
                code=code,
                redirect_uri=CALLBACK,
                code_verifier=None,
                proof_key=None,
            )

        page = await ada.page("/console/grants")

        assert "2 Mar 2026, 09:00 UTC" in page
        assert 'changed <time datetime="2026-03-02T11:00:00+00:00">' in page
        assert 'last used <time datetime="2026-03-02T12:00:00+00:00">' in page

    async def test_is_of_ones_own(self, console: ConsoleWorld) -> None:
        """
        What others allowed is nobody else's to see, not even the owner's of the app.
        """
        ada, rui = await console.admin(), await console.visitor("Rui")
        await allowed(console, rui, "email")

        page = await ada.page("/console/grants")

        assert "No app has access" in page
        assert "Agency" not in page


class TestRevoking:
    @pytest.mark.fidelity("console.grants.revoke")
    async def test_ends_all_that_the_app_has(self, console: ConsoleWorld) -> None:
        """
        After a question and a press its code is good no more, and it is on record.
        """
        ada = await console.admin()
        grant = await allowed(console, ada, "email")
        code = await a_code(console, ada, grant)
        path = f"/console/grants/{grant.id}/revoke"
        asked = await ada.page(path)

        answer = await ada.send(path)

        assert "Take back all access of Agency?" in asked
        assert answer.status_code == 303
        assert "The app has no access any more." in await ada.page(answer.headers["location"])
        assert "No app has access" in await ada.page("/console/grants")
        async with console.database.unit() as uow:
            refused = await console.desk.grants.redeem_code(
                uow,
                app=console.accounts.app,
                code=code,
                redirect_uri=CALLBACK,
                code_verifier=None,
                proof_key=None,
            )
        assert isinstance(refused, Refused)
        assert "oauth.grant_revoked" in await console.told()
        assert "oauth.revoked" in await console.told()

    async def test_a_second_time_finds_nothing(self, console: ConsoleWorld) -> None:
        """
        Pressing twice takes back once.
        """
        ada = await console.admin()
        grant = await allowed(console, ada, "email")
        path = f"/console/grants/{grant.id}/revoke"
        first = await ada.send(path)
        told = await console.told()

        second = await ada.http.post(
            path, content=first.request.content, headers=first.request.headers
        )

        assert (first.status_code, second.status_code) == (303, 404)
        assert await console.told() == told
