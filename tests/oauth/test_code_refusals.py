"""`POST /oauth/v2/tokens` with a code that is no good: each cause, and what follows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from hirewire.accounts.model import GrantType
from hirewire.kit.clock import MovableClock
from hirewire.oauth.revoked import Revoked
from tests.oauth.world import (
    CALLBACK,
    INVALID_GRANT,
    VERIFIER,
    AuthorizationServer,
    a_web_app,
    read,
)


async def revoked_ids(server: AuthorizationServer) -> set[str]:
    """Read from the record which ids are revoked."""
    revoked = Revoked(server.clock)
    async with server.database.read() as reader:
        await revoked.load(reader)
    return {revoked_id.hex for revoked_id in revoked.ids}


class TestRedirectUri:
    @pytest.mark.fidelity("oauth.invalid-grant.redirect-uri")
    @pytest.mark.parametrize(
        "sent", ["https://agency.example/other", f"{CALLBACK}/", f"{CALLBACK}?a=b", "x"]
    )
    async def test_has_to_be_the_same(self, server: AuthorizationServer, sent: str) -> None:
        """
        Character by character; the code stays good for who knows the right one.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)

        with capture_logs() as logs:
            response = await server.redeem(app, code, redirect_uri=sent)
        issued = await server.issued()

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == ["other_redirect_uri"]
        assert issued == 0
        assert (await server.redeem(app, code)).status_code == 200

    @pytest.mark.fidelity("oauth.code.redirect-uri-given-up")
    async def test_has_to_be_the_apps_still(self, server: AuthorizationServer) -> None:
        """
        One that the app gave up after the code was issued is as good as another one.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)
        terms = replace(app.app.terms, redirect_uris=("https://agency.example/new",))
        async with server.database.unit() as uow:
            await server.world.accounts.apps.change(uow, app.app.id, terms)

        with capture_logs() as logs:
            response = await server.redeem(app, code)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == ["other_redirect_uri"]
        assert await server.issued() == 0

    @pytest.mark.fidelity("oauth.invalid-request.missing-parameter")
    @pytest.mark.parametrize("name", ["code", "redirect_uri"])
    async def test_has_to_be_there(self, server: AuthorizationServer, name: str) -> None:
        """
        A required parameter that is missing is named.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)

        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
        }
        response = await server.send(app.credentials | form | {name: ""})

        assert response.status_code == 400
        assert response.json() == {
            "error_description": f"The parameter {name} is missing.",
            "error": "invalid_request",
        }
        assert await server.issued() == 0


class TestAge:
    @pytest.mark.fidelity("oauth.invalid-grant.expired-code")
    async def test_is_ten_minutes(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A second before, it is good; then no more.
        """
        app = await server.an_app()
        person = await server.a_person()
        codes = [await server.authorize_as(person, app.app) for _ in range(2)]

        await clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
        in_time = await server.redeem(app, codes[0])
        await clock.advance(timedelta(seconds=1))
        with capture_logs() as logs:
            late = await server.redeem(app, codes[1])

        assert in_time.status_code == 200
        assert (late.status_code, late.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == ["expired_code"]
        assert await server.issued() == 1


class TestReuse:
    @pytest.mark.fidelity("oauth.code.single-use", "oauth.invalid-grant.used-code")
    @pytest.mark.parametrize("later_s", [0, 30, 86_400])
    async def test_ends_all_that_came_from_it(
        self, server: AuthorizationServer, clock: MovableClock, later_s: int
    ) -> None:
        """
        The code is refused, its access and refresh tokens are dead, and a fact tells of it.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)
        first = (await server.redeem(app, code)).json()
        await clock.advance(timedelta(seconds=later_s))

        second = await server.redeem(app, code)
        refreshed = await server.refresh(app, first["refresh_token"])

        family = read(first["access_token"])["fam"]
        assert (second.status_code, second.json()) == (400, INVALID_GRANT)
        assert (refreshed.status_code, refreshed.json()) == (400, INVALID_GRANT)
        assert family in await revoked_ids(server)
        told = await server.told()
        assert told.count("oauth.code_reused") == told.count("oauth.revoked") == 1
        assert await server.issued() == 1

    async def test_is_told_once(self, server: AuthorizationServer) -> None:
        """
        A third and a fourth time change nothing more.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)

        responses = [await server.redeem(app, code) for _ in range(4)]

        told = await server.told()
        assert [r.status_code for r in responses] == [200, 400, 400, 400]
        assert told.count("oauth.code_reused") == 1

    async def test_ends_a_family_that_was_superseded(self, server: AuthorizationServer) -> None:
        """
        The access tokens that a newer authorization left alone die with their code.
        """
        app = await server.an_app()
        person = await server.a_person()
        old = await server.authorize_as(person, app.app)
        new = await server.authorize_as(person, app.app)
        tokens = (await server.redeem(app, old)).json()
        await server.redeem(app, new)
        alive = await revoked_ids(server)

        await server.redeem(app, old)

        assert alive == set()
        assert await revoked_ids(server) == {read(tokens["access_token"])["fam"]}


class TestApp:
    @pytest.mark.fidelity("oauth.invalid-grant.other-apps-code")
    async def test_has_to_be_the_one_it_was_issued_to(
        self, server: AuthorizationServer
    ) -> None:
        """
        Another app gets nothing for it, and harms nothing.
        """
        app, thief = await server.an_app(), await server.an_app(a_web_app("Thief"))
        code = await server.authorize_as(await server.a_person(), app.app)

        with capture_logs() as logs:
            response = await server.redeem(thief, code)
        after = await server.redeem(app, code)
        again = await server.redeem(thief, code)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == ["other_apps_code"]
        assert (after.status_code, again.status_code) == (200, 400)
        assert await revoked_ids(server) == set()

    @pytest.mark.fidelity("oauth.invalid-grant.authorization-code-disabled")
    async def test_has_to_be_allowed_the_grant(self, server: AuthorizationServer) -> None:
        """
        Switched off after the person allowed it, the grant is refused; nothing is used up.
        """
        app = await server.an_app()
        code = await server.authorize_as(await server.a_person(), app.app)
        off = a_web_app(grant_types=frozenset({GrantType.CLIENT_CREDENTIALS}))
        accounts = server.world.accounts
        async with server.database.unit() as uow:
            await accounts.apps.change(uow, app.app.id, off)

        response = await server.redeem(app, code)
        async with server.database.unit() as uow:
            await accounts.apps.change(uow, app.app.id, a_web_app())

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert (await server.redeem(app, code)).status_code == 200


class TestVerifier:
    @pytest.mark.fidelity("oauth.code.pkce-refused")
    @pytest.mark.parametrize(
        ("kept", "sent", "fault"),
        [
            (VERIFIER, "", "missing_verifier"),
            (VERIFIER, VERIFIER[:-1] + "x", "wrong_verifier"),
            (VERIFIER, VERIFIER[:40], "wrong_verifier"),
            (None, VERIFIER, "missing_challenge"),
        ],
    )
    async def test_has_to_fit_the_challenge(
        self, server: AuthorizationServer, kept: str | None, sent: str, fault: str
    ) -> None:
        """
        Missing, wrong, too short, or for a code that had no challenge: the downgrade.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, verifier=kept)

        with capture_logs() as logs:
            response = await server.redeem(app, code, code_verifier=sent)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert [entry["fault"] for entry in logs] == [fault]
        assert await server.issued() == 0

    @pytest.mark.fidelity("oauth.code.pkce-for-public-apps")
    async def test_is_needed_by_a_public_app(self, server: AuthorizationServer) -> None:
        """
        Should a code of a public app have no challenge, it is worth nothing.
        """
        app = await server.an_app(a_web_app(is_public=True))
        code = await server.authorize_as(await server.a_person(), app.app)

        response = await server.redeem(app, code)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert await server.issued() == 0


class TestRevoked:
    async def test_grant_has_no_good_code(self, server: AuthorizationServer) -> None:
        """
        Who takes the grant back takes back the code that is under way.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        async with server.database.unit() as uow:
            [grant] = await server.grants.grants_of_person(uow, person.id)
            await server.grants.revoke_grant(uow, person.id, grant.id)

        response = await server.redeem(app, code)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert await server.issued() == 0

    async def test_is_nothing_of_the_scopes_that_were_taken_back(
        self, server: AuthorizationServer
    ) -> None:
        """
        What the person allows less of before the code is redeemed is not in its tokens.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        async with server.database.unit() as uow:
            less = frozenset({"employer_access"})
            await server.grants.allow(uow, person.id, app.app, less)

        answer: dict[str, Any] = (await server.redeem(app, code)).json()

        assert answer["scope"] == "employer_access"
        assert "refresh_token" not in answer
