"""`POST /oauth/v2/tokens` with a refresh token that is no good: each cause, what follows."""

from datetime import timedelta

import httpx
import pytest
from structlog.testing import capture_logs

from hirewire.accounts.model import GrantType
from hirewire.kit.clock import MovableClock
from hirewire.oauth.grants.model import GrantPolicy
from tests.oauth.test_code_refusals import revoked_ids
from tests.oauth.world import (
    INVALID_GRANT,
    VERIFIER,
    AuthorizationServer,
    Registered,
    a_web_app,
    read,
)

GRACE = GrantPolicy().refresh_grace
LIFE = timedelta(days=60)


async def fault_of(
    server: AuthorizationServer, app: Registered, token: str
) -> tuple[httpx.Response, str]:
    """Refresh, and return the answer with what the log says is wrong."""
    with capture_logs() as logs:
        response = await server.refresh(app, token)
    [entry] = logs
    return response, entry["fault"]


class TestUnknown:
    @pytest.mark.fidelity("oauth.invalid-grant.refresh-token")
    @pytest.mark.parametrize("change", ["other secret", "other family", "short", "nonsense"])
    async def test_is_what_was_never_issued(
        self, server: AuthorizationServer, change: str
    ) -> None:
        """
        Changed in any place it leads to nothing, and alarms nobody.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        wrong = {
            "other secret": token[:32] + "0" * 64,
            "other family": "0" * 32 + token[32:],
            "short": token[:-1],
            "nonsense": "' OR 1=1 --",
        }[change]

        response, fault = await fault_of(server, app, wrong)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "unknown_refresh_token"
        assert (await server.refresh(app, token)).status_code == 200
        assert await revoked_ids(server) == set()

    @pytest.mark.fidelity("oauth.invalid-request.missing-parameter")
    async def test_is_not_what_is_missing(self, server: AuthorizationServer) -> None:
        """
        The parameter has to be there.
        """
        app = await server.an_app()

        response = await server.refresh(app, "")

        assert response.json() == {
            "error_description": "The parameter refresh_token is missing.",
            "error": "invalid_request",
        }


class TestReuse:
    @pytest.mark.fidelity("oauth.refresh.reuse-ends-the-family")
    async def test_outside_the_grace_ends_the_family(
        self, server_on_each: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Whoever comes with the old token, thief or robbed, all lose; a fact tells of it.
        """
        server = server_on_each
        app = await server.an_app()
        first = await server.sign_in(app)
        successor = (await server.refresh(app, first["refresh_token"])).json()
        await clock.advance(GRACE)

        response, fault = await fault_of(server, app, first["refresh_token"])
        after, fault_after = await fault_of(server, app, successor["refresh_token"])

        told = await server.told()
        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert (after.status_code, after.json()) == (400, INVALID_GRANT)
        assert (fault, fault_after) == ("reused_refresh_token", "revoked")
        assert await revoked_ids(server) == {read(first["access_token"])["fam"]}
        assert told.count("oauth.refresh_token_reused") == told.count("oauth.revoked") == 1

    async def test_of_an_ancient_one_ends_the_family(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Every token of the family is known, not only the one before.
        """
        app = await server.an_app()
        tokens = [(await server.sign_in(app))["refresh_token"]]
        for _ in range(5):
            answer = (await server.refresh(app, tokens[-1])).json()
            tokens.append(answer["refresh_token"])
        await clock.advance(timedelta(days=30))

        _, fault = await fault_of(server, app, tokens[0])
        _, fault_after = await fault_of(server, app, tokens[-1])

        assert (fault, fault_after) == ("reused_refresh_token", "revoked")

    @pytest.mark.fidelity("oauth.refresh.revoked-has-no-grace")
    async def test_is_not_shielded_once_it_is_revoked(
        self, server: AuthorizationServer
    ) -> None:
        """
        Within the grace of a token whose grant was taken back, nothing comes out.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        token = (await server.redeem(app, code)).json()["refresh_token"]
        await server.refresh(app, token)
        async with server.database.unit() as uow:
            [grant] = await server.grants.grants_of_person(uow, person.id)
            await server.grants.revoke_grant(uow, person.id, grant.id)

        _, fault = await fault_of(server, app, token)

        assert fault == "revoked"


class TestExpired:
    @pytest.mark.fidelity("oauth.invalid-grant.refresh-token-expired")
    async def test_is_what_was_not_used_for_sixty_days(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Sixty days after issue, it is good no more.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        await clock.advance(LIFE)

        response, fault = await fault_of(server, app, token)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "expired_refresh_token"
        assert await server.issued() == 1

    async def test_counts_from_the_last_use(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Sixty days after its last use the token that is not rotated is good no more.
        """
        app = await server.an_app(a_web_app(rotates_refresh_tokens=False))
        token = (await server.sign_in(app))["refresh_token"]
        await clock.advance(timedelta(days=59))
        await server.refresh(app, token)
        await clock.advance(LIFE)

        _, fault = await fault_of(server, app, token)

        assert fault == "expired_refresh_token"


class TestSuperseded:
    @pytest.mark.fidelity("oauth.invalid-grant.sequential-authorization")
    async def test_is_the_older_one_of_two_authorizations(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        The newer authorization's code ends the older refresh token, not its access token.
        """
        server = server_on_each
        app = await server.an_app()
        person = await server.a_person()
        first, second = [
            (await server.redeem(app, await server.authorize_as(person, app.app))).json()
            for _ in range(2)
        ]

        response, fault = await fault_of(server, app, first["refresh_token"])

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "superseded"
        assert await revoked_ids(server) == set()
        assert (await server.refresh(app, second["refresh_token"])).status_code == 200

    async def test_needs_the_code_to_be_redeemed(self, server: AuthorizationServer) -> None:
        """
        An authorization that leads to nothing ends nothing.
        """
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        token = (await server.redeem(app, code)).json()["refresh_token"]
        await server.authorize_as(person, app.app)

        response = await server.refresh(app, token)

        assert response.status_code == 200

    async def test_is_only_of_the_same_person_and_app(
        self, server: AuthorizationServer
    ) -> None:
        """
        Other people and other apps keep theirs.
        """
        app, other = await server.an_app(), await server.an_app(a_web_app("Other"))
        ada = await server.a_person()
        bob = await server.a_person(email="bob@agency.example")
        asks = [(app, bob), (other, ada), (app, ada), (app, ada)]
        tokens = [
            (await server.redeem(who, await server.authorize_as(person, who.app))).json()[
                "refresh_token"
            ]
            for who, person in asks
        ]

        responses = [
            await server.refresh(who, token)
            for (who, _), token in zip(asks, tokens, strict=True)
        ]

        assert [r.status_code for r in responses] == [200, 200, 400, 200]


class TestRevokedByThePerson:
    @pytest.mark.fidelity("oauth.invalid-grant.revoked-by-person")
    async def test_is_what_the_person_took_back(
        self, server_on_each: AuthorizationServer
    ) -> None:
        """
        Refresh and access tokens die at once; a new authorization begins a new grant.
        """
        server = server_on_each
        app = await server.an_app()
        person = await server.a_person()
        code = await server.authorize_as(person, app.app)
        tokens = (await server.redeem(app, code)).json()
        async with server.database.unit() as uow:
            [grant] = await server.grants.grants_of_person(uow, person.id)
            await server.grants.revoke_grant(uow, person.id, grant.id)

        response, fault = await fault_of(server, app, tokens["refresh_token"])
        again = await server.redeem(app, await server.authorize_as(person, app.app))

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "revoked"
        assert await revoked_ids(server) == {read(tokens["access_token"])["gid"]}
        assert read(again.json()["access_token"])["gid"] != grant.id.hex


class TestApp:
    @pytest.mark.fidelity("oauth.invalid-grant.other-apps-refresh-token")
    async def test_has_to_be_the_one_it_was_issued_to(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Another app gets nothing for a current or an old token, and harms nothing.
        """
        app, thief = await server.an_app(), await server.an_app(a_web_app("Thief"))
        old = (await server.sign_in(app))["refresh_token"]
        new = (await server.refresh(app, old)).json()["refresh_token"]
        await clock.advance(GRACE)

        faults = [(await fault_of(server, thief, token))[1] for token in (old, new)]

        assert faults == ["other_apps_refresh_token"] * 2
        assert (await server.refresh(app, new)).status_code == 200
        assert await revoked_ids(server) == set()

    @pytest.mark.fidelity("oauth.invalid-grant.refresh-disabled")
    async def test_has_to_be_allowed_the_grant(self, server: AuthorizationServer) -> None:
        """
        Switched off later, the grant is refused.
        """
        app = await server.an_app()
        token = (await server.sign_in(app))["refresh_token"]
        async with server.database.unit() as uow:
            off = a_web_app(grant_types=frozenset({GrantType.AUTHORIZATION_CODE}))
            await server.world.accounts.apps.change(uow, app.app.id, off)

        response, fault = await fault_of(server, app, token)

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "grant_type_not_allowed"


class TestPublicApp:
    async def test_lends_its_token_to_no_other(self, server: AuthorizationServer) -> None:
        """
        The id of another public app does not open it.
        """
        app, other = [await server.an_app(a_web_app(is_public=True)) for _ in range(2)]
        person = await server.a_person()
        code = await server.authorize_as(person, app.app, verifier=VERIFIER)
        tokens = (await server.redeem(app, code, code_verifier=VERIFIER)).json()

        response, fault = await fault_of(server, other, tokens["refresh_token"])

        assert (response.status_code, response.json()) == (400, INVALID_GRANT)
        assert fault == "other_apps_refresh_token"
