"""`POST /oauth/v2/tokens` with a refresh token: what it gives, and for how long."""

import asyncio
from datetime import timedelta

import pytest

from hirewire.accounts.model import Role
from hirewire.kit.clock import MovableClock
from tests.oauth.world import OFFLINE, AuthorizationServer, a_web_app, read

GRACE = timedelta(seconds=30)
LIFE = timedelta(days=60)


class TestAnswer:
    @pytest.mark.fidelity("oauth.refresh.answer")
    async def test_is_a_new_access_token_and_the_next_refresh_token(
        self, server: AuthorizationServer
    ) -> None:
        """
        Both are new, of the same person, app and family, with the same scopes.
        """
        app = await server.an_app()
        before = await server.sign_in(app)

        response = await server.refresh(app, before["refresh_token"])

        after = response.json()
        same = ("sub", "azp", "scope", "fam", "gid", "auth_time", "act")
        old, new = read(before["access_token"]), read(after["access_token"])
        assert response.status_code == 200
        assert list(after) == [
            *("access_token", "scope", "token_type", "expires_in"),
            "refresh_token",
        ]
        assert after["refresh_token"] != before["refresh_token"]
        assert {name: old[name] for name in same} == {name: new[name] for name in same}
        assert old["jti"] != new["jti"]

    @pytest.mark.fidelity("oauth.refresh.not-rotated")
    async def test_keeps_the_token_of_an_app_that_does_not_rotate(
        self, server: AuthorizationServer
    ) -> None:
        """
        The same refresh token is good again and again.
        """
        app = await server.an_app(a_web_app(rotates_refresh_tokens=False))
        token = (await server.sign_in(app))["refresh_token"]

        responses = [await server.refresh(app, token) for _ in range(3)]

        assert [r.json()["refresh_token"] for r in responses] == [token] * 3

    @pytest.mark.fidelity("oauth.refresh.public-apps-rotate")
    async def test_rotates_for_a_public_app_whatever_it_says(
        self, server: AuthorizationServer
    ) -> None:
        """
        Nothing but the rotation guards the token of an app that cannot prove itself.
        """
        app = await server.an_app(a_web_app(is_public=True, rotates_refresh_tokens=False))
        verifier = "v" * 43
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, verifier=verifier)
        token = (await server.redeem(app, code, code_verifier=verifier)).json()["refresh_token"]

        response = await server.refresh(app, token)

        assert response.status_code == 200
        assert response.json()["refresh_token"] != token


class TestGrace:
    @pytest.mark.fidelity("oauth.refresh.grace")
    async def test_gives_the_same_successor(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Who lost the answer asks again within half a minute, and gets the token they missed.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        first = await server.refresh(app, token)
        await clock.advance(GRACE - timedelta(seconds=1))
        again = await server.refresh(app, token)

        successor = first.json()["refresh_token"]
        assert again.json()["refresh_token"] == successor
        assert (await server.refresh(app, successor)).status_code == 200

    async def test_gives_it_though_it_was_used_meanwhile(
        self, server: AuthorizationServer
    ) -> None:
        """
        A slow double of a request does no harm when the successor has moved on.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        second = (await server.refresh(app, token)).json()["refresh_token"]
        third = (await server.refresh(app, second)).json()["refresh_token"]

        late = (await server.refresh(app, token)).json()["refresh_token"]
        caught_up = (await server.refresh(app, late)).json()["refresh_token"]

        assert (late, caught_up) == (second, third)
        assert "oauth.refresh_token_reused" not in await server.told()

    @pytest.mark.fidelity("oauth.refresh.concurrent")
    async def test_answers_all_who_ask_at_once_alike(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Ten refreshes of one token at a time get one successor, which is good.
        """
        server = server_on_each
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        responses = await asyncio.gather(*(server.refresh(app, token) for _ in range(10)))

        successors = {r.json()["refresh_token"] for r in responses}
        assert {r.status_code for r in responses} == {200}
        assert len(successors) == 1
        assert token not in successors
        assert (await server.refresh(app, successors.pop())).status_code == 200


class TestLife:
    @pytest.mark.fidelity("oauth.refresh.sixty-days-from-issue")
    async def test_is_sixty_days_where_it_is_never_used(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A second before, it is good.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        await clock.advance(LIFE - timedelta(seconds=1))
        response = await server.refresh(app, token)

        assert response.status_code == 200

    @pytest.mark.fidelity("oauth.refresh.sixty-days-from-use")
    @pytest.mark.parametrize("rotates", [True, False])
    async def test_begins_anew_with_each_use(
        self, server: AuthorizationServer, clock: MovableClock, *, rotates: bool
    ) -> None:
        """
        Used every fifty-nine days it lasts, rotated or not.
        """
        app = await server.an_app(a_web_app(rotates_refresh_tokens=rotates))
        token = (await server.sign_in(app))["refresh_token"]

        for _ in range(4):
            await clock.advance(LIFE - timedelta(days=1))
            response = await server.refresh(app, token)
            token = response.json()["refresh_token"]

        assert response.status_code == 200


class TestScope:
    @pytest.mark.fidelity("oauth.refresh.narrower-scope")
    async def test_may_be_less_for_one_token(self, server: AuthorizationServer) -> None:
        """
        The next refresh that says nothing has all of them again.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        less = (await server.refresh(app, token, scope="interviews.schedule")).json()
        all_of_them = (await server.refresh(app, less["refresh_token"])).json()

        assert less["scope"] == "interviews.schedule"
        assert all_of_them["scope"] == "employer_access interviews.schedule offline_access"

    async def test_may_be_what_a_scope_implies(self, server: AuthorizationServer) -> None:
        """
        Who may write may ask to read alone.
        """
        app = await server.an_app()
        campaign = "employer.advertising.campaign"
        tokens = await server.sign_in(app, scopes=frozenset({campaign, "offline_access"}))

        response = await server.refresh(app, tokens["refresh_token"], scope=f"{campaign}.read")

        assert response.json()["scope"] == f"{campaign}.read"

    @pytest.mark.fidelity("oauth.refresh.scope-not-granted")
    @pytest.mark.parametrize("scope", ["conversations", "email", "nonsense"])
    async def test_may_not_be_more(self, server: AuthorizationServer, scope: str) -> None:
        """
        What the person did not grant is refused, and the refresh token is not used up.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]

        refused = await server.refresh(app, token, scope=f"interviews.schedule {scope}")

        assert refused.status_code == 400
        assert refused.json() == {
            "error_description": f"The scope {scope} was not granted.",
            "error": "invalid_scope",
        }
        assert await server.issued() == 1
        assert (await server.refresh(app, token)).status_code == 200

    @pytest.mark.fidelity("oauth.grant.narrowed")
    async def test_lacks_what_the_person_took_back(self, server: AuthorizationServer) -> None:
        """
        A consent to less counts for the refresh tokens that exist.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        token = (await server.redeem(app, code)).json()["refresh_token"]
        async with server.database.unit() as uow:
            await server.grants.allow(
                uow, person.id, app.app, OFFLINE - {"interviews.schedule"}
            )

        response = await server.refresh(app, token)

        assert response.json()["scope"] == "employer_access offline_access"


class TestEmployer:
    @pytest.mark.fidelity("oauth.employer.kept-on-refresh")
    async def test_is_kept_where_it_is_not_sent_again(
        self, server: AuthorizationServer
    ) -> None:
        """
        The token goes on representing the employer of the one before.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        code = await server.authorize_as(person, app.app, employer_id=world.master.id)
        first = (await server.redeem(app, code)).json()

        kept = (await server.refresh(app, first["refresh_token"])).json()
        changed = (
            await server.refresh(app, kept["refresh_token"], employer=world.stranger.id.hex)
        ).json()
        kept_again = (await server.refresh(app, changed["refresh_token"])).json()

        assert [
            read(answer["access_token"])["emp"] for answer in (first, kept, changed, kept_again)
        ] == [world.master.id.hex] * 2 + [world.stranger.id.hex] * 2

    @pytest.mark.fidelity("oauth.employer.place-lost")
    async def test_is_refused_once_the_person_left(self, server: AuthorizationServer) -> None:
        """
        With their place ended the refresh is refused, and not used up; another employer goes.
        """
        world, app = server.world, await server.an_app()
        person = await server.a_person(world.master.id, world.stranger.id)
        code = await server.authorize_as(person, app.app, employer_id=world.master.id)
        token = (await server.redeem(app, code)).json()["refresh_token"]
        async with server.database.unit() as uow:
            await world.accounts.leave(uow, person.id, world.master.id)

        refused = await server.refresh(app, token)
        issued = await server.issued()
        other = await server.refresh(app, token, employer=world.stranger.id.hex)
        async with server.database.unit() as uow:
            await world.accounts.join(uow, person.id, world.master.id, Role.VIEWER)
        back = await server.refresh(
            app, other.json()["refresh_token"], employer=world.master.id.hex
        )

        assert refused.status_code == 400
        assert refused.json()["error"] == "invalid_request"
        assert "employer" in refused.json()["error_description"]
        assert issued == 1
        assert (other.status_code, back.status_code) == (200, 200)
