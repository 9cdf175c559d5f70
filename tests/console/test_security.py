"""The audit list as people see it."""

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from hirewire.accounts.facts import EmailVerified
from hirewire.accounts.model import Role
from hirewire.accounts.sign_in.facts import PersonSignInThrottled
from hirewire.console.audit.model import KINDS
from hirewire.console.audit.service import audit_listener
from hirewire.console.audit.words import TITLES
from hirewire.kit.clock import MovableClock
from hirewire.oauth.facts import CodeReused, GrantGiven, RefreshTokenReused
from hirewire.runtime.bus import MemoryBus
from hirewire.runtime.log import Listeners
from tests.accounts.world import an_app
from tests.console.world import ConsoleWorld, Visitor
from tests.fixtures.background import in_background

SECURITY = "/console/security"
ROW = re.compile(
    r"<span class=\"badge [^>]*>([^<]+)</span></td>\s*<td>([^<]+)</td>\s*<td[^>]*>([^<]*)<"
)

Listen = Callable[[], Awaitable[None]]


@pytest.fixture(name="listen")
def _listen(console: ConsoleWorld, clock: MovableClock) -> Listen:
    """Take in what happened so far, as the server does by itself."""

    async def listen() -> None:
        listeners = Listeners(console.database, MemoryBus(), clock, (audit_listener(),), None)
        async with in_background(listeners.run()):
            await listeners.idle()

    return listen


def rows(page: str) -> list[tuple[str, ...]]:
    """Read the table: event, what, by."""
    return [tuple(cell.strip() for cell in row) for row in ROW.findall(page)]


async def a_busy_day(console: ConsoleWorld, ada: Visitor, rui: Visitor) -> UUID:
    """Let much happen to the world's app and its people; return a secret that is gone."""
    accounts, app = console.accounts.accounts, console.accounts.app
    async with console.database.unit() as uow:
        await accounts.apps.change(
            uow, app.id, an_app("Other", scopes=frozenset()), by=ada.person.id
        )
        secret = await accounts.apps.add_secret(uow, app.id, by=rui.person.id)
        await accounts.apps.remove_secret(uow, app.id, secret.id)
        await accounts.change_role(
            uow, rui.person.id, console.accounts.master.id, Role.RECRUITER
        )
        await accounts.leave(uow, rui.person.id, console.accounts.master.id)
        uow.tell(EmailVerified(employer_id=None, person_id=ada.person.id))
        uow.tell(
            GrantGiven(
                employer_id=None,
                grant_id=UUID(int=1),
                person_id=ada.person.id,
                app_id=app.id,
                scope="email openid",
            )
        )
        for reused in (CodeReused, RefreshTokenReused):
            uow.tell(
                reused(
                    employer_id=app.owner_employer_id,
                    family_id=UUID(int=2),
                    person_id=rui.person.id,
                    app_id=app.id,
                )
            )
        uow.tell(
            PersonSignInThrottled(
                employer_id=None,
                person_id=ada.person.id,
                limited="account",
                key_digest="ab" * 32,
            )
        )
    return secret.id


class TestWords:
    def test_are_there_for_every_kind(self) -> None:
        """
        Nothing is listed that has no name.
        """
        assert set(TITLES) == set(KINDS)
        assert len({title for title, _ in TITLES.values()}) == len(TITLES)

    @pytest.mark.fidelity("console.security.list")
    async def test_say_what_happened_and_who_did_it(
        self, console: ConsoleWorld, listen: Listen
    ) -> None:
        """
        An admin reads in sentences what became of apps, members and their own account.
        """
        ada = await console.admin()
        rui = await console.visitor("Rui", (console.accounts.master, Role.VIEWER))
        secret_id = await a_busy_day(console, ada, rui)

        await listen()

        end = secret_id.hex[-8:]
        stolen = (
            "“Other” sent one again that was used before. It may have been stolen: what came "
            "from that authorization of somebody's account works no more."
        )
        assert rows(await ada.page(SECURITY))[:10] == [
            ("Sign-in held back", "Too many attempts failed; further ones had to wait.", ""),
            ("Refresh token used twice", stolen, ""),
            ("Code used twice", stolen, ""),
            (
                "Access given",
                "“Other” may: Know that it is you; See your e-mail address.",
                "",
            ),
            ("Address verified", "Your e-mail address is known to be yours.", ""),
            ("Member removed", "Rui: acts for Employer 100 no more.", "The operator"),
            ("Role changed", "Rui: recruiter of Employer 100.", "The operator"),
            ("Secret deleted", f"“Other” of Employer 100, secret …{end}.", "The operator"),
            ("Secret added", f"“Other” of Employer 100, secret …{end}.", "Rui"),
            ("App changed", "“Other” of Employer 100: the name and the scopes.", "You"),
        ]

    async def test_escape_names(self, console: ConsoleWorld, listen: Listen) -> None:
        """
        Markup in a name is shown as it is.
        """
        ada = await console.admin()
        await console.visitor("<b onclick=x>Rui</b>", (console.accounts.master, Role.VIEWER))

        await listen()

        text = (await ada.get(SECURITY)).text
        assert "&lt;b onclick=x&gt;Rui&lt;/b&gt;" in text
        assert "<b onclick" not in text


class TestList:
    @pytest.mark.fidelity("console.security.list")
    async def test_shows_what_concerns_the_reader_only(
        self, console: ConsoleWorld, listen: Listen
    ) -> None:
        """
        A viewer reads of themselves; a stranger's admin nothing of this employer.
        """
        vera = await console.visitor("Vera", (console.accounts.master, Role.VIEWER))
        eve = await console.visitor("Eve", (console.accounts.stranger, Role.ADMIN))
        async with console.database.unit() as uow:
            await console.accounts.accounts.apps.add_secret(uow, console.accounts.app.id)

        await listen()

        assert [row[0] for row in rows(await vera.page(SECURITY))] == [
            "Signed in",
            "Member added",
        ]
        assert "Employer 100" not in await eve.page(SECURITY)
        assert "Agency" not in await eve.page(SECURITY)

    @pytest.mark.fidelity("console.security.list")
    async def test_goes_on_page_by_page(self, console: ConsoleWorld, listen: Listen) -> None:
        """
        Links lead to older events and back to the newest, filtered as before.
        """
        ada = await console.admin()
        accounts, app = console.accounts.accounts, console.accounts.app
        async with console.database.unit() as uow:
            for number in range(30):
                await accounts.apps.change(uow, app.id, an_app(f"Name {number}"))
        await listen()

        first = await ada.page(f"{SECURITY}?kind=app.changed")
        older = re.search(r'href="([^"]+after=[^"]+)">Older', first)
        assert older is not None
        second = await ada.page(older[1])

        assert (len(rows(first)), len(rows(second))) == (25, 5)
        assert {row[0] for row in rows(first) + rows(second)} == {"App changed"}
        assert "Older" not in second
        assert 'href="/console/security?kind=app.changed">Newest' in second
        assert '<option value="app.changed" selected>' in second

    @pytest.mark.parametrize("query", ["kind=oauth.token_issued", "kind=x", "after=x"])
    async def test_refuses_what_was_not_offered(
        self, console: ConsoleWorld, query: str
    ) -> None:
        """
        A kind that is none and a cursor that is none are bad input.
        """
        ada = await console.admin()

        assert (await ada.get(f"{SECURITY}?{query}")).status_code == 400

    async def test_says_when_there_is_nothing(self, console: ConsoleWorld) -> None:
        """
        An empty list says so.
        """
        ada = await console.admin()

        page = await ada.page(SECURITY)

        assert "Nothing yet" in page
        assert "Nothing of that kind" in await ada.page(f"{SECURITY}?kind=app.changed")


class TestHome:
    async def test_says_who_somebody_is_here(
        self, console: ConsoleWorld, listen: Listen
    ) -> None:
        """
        Employers stand there with the role, and what there is to see is counted.
        """
        ada = await console.admin()
        await listen()

        page = await ada.page("/console")

        assert "Welcome, Ada" in page
        assert "Employer 100" in page
        assert ">Admin</span>" in page
        assert '<span class="tile__number">1</span>' in page
        assert "Employer 200" not in page

    async def test_tells_a_newcomer_whom_to_ask(self, console: ConsoleWorld) -> None:
        """
        Without an employer there is a sentence about how to get one.
        """
        noor = await console.visitor("Noor")

        page = await noor.page("/console")

        assert "You act for no employer yet" in page
        assert noor.person.email in page
