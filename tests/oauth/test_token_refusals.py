"""`POST /oauth/v2/tokens`: every documented refusal, and that it leaves no trace."""

import pytest
from structlog.testing import capture_logs

from hirewire.accounts.model import GrantType
from tests.accounts.world import an_app, an_employer
from tests.oauth.refused import check_refused
from tests.oauth.world import TOKENS, AuthorizationServer, basic


class TestInvalidGrant:
    @pytest.mark.fidelity("oauth.errors.invalid-grant-body", "oauth.invalid-grant.client-id")
    @pytest.mark.parametrize("client_id", ["f" * 64, "nobody", "' OR 1=1 --", "ä"])
    async def test_for_a_wrong_client_id(
        self, server: AuthorizationServer, client_id: str
    ) -> None:
        """
        Nobody is told whether the id or the secret was wrong.
        """
        response = await server.ask(client_id=client_id)

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    @pytest.mark.fidelity("oauth.invalid-grant.client-secret")
    async def test_for_a_wrong_secret(self, server: AuthorizationServer) -> None:
        """
        One digit off is wrong, in the body and in the header.
        """
        secret = server.world.secret.text
        wrong = secret[:-1] + ("0" if secret[-1] != "0" else "1")

        responses = [
            await server.ask(client_secret=wrong),
            await server.post(
                "grant_type=client_credentials",
                {"Authorization": basic(server.world.app.id, wrong)},
            ),
        ]

        for response in responses:
            await check_refused(server, response, "invalid_grant", "Invalid grant")
            assert "www-authenticate" not in response.headers

    @pytest.mark.fidelity("oauth.invalid-grant.deleted-secret")
    async def test_for_a_deleted_secret(self, server: AuthorizationServer) -> None:
        """
        Once the old secret is deleted, stores that still hold it are refused.
        """
        world = server.world
        async with server.database.unit() as uow:
            await world.accounts.apps.add_secret(uow, world.app.id)
            await world.accounts.apps.remove_secret(uow, world.app.id, world.secret.id)

        response = await server.ask()

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    @pytest.mark.fidelity(
        "oauth.invalid-grant.client-credentials-disabled",
        "oauth.invalid-grant.authorization-code-disabled",
    )
    @pytest.mark.parametrize(
        ("allowed", "asked"),
        [
            (GrantType.AUTHORIZATION_CODE, GrantType.CLIENT_CREDENTIALS),
            (GrantType.CLIENT_CREDENTIALS, GrantType.AUTHORIZATION_CODE),
            (GrantType.CLIENT_CREDENTIALS, GrantType.REFRESH_TOKEN),
        ],
    )
    async def test_for_a_grant_type_that_is_switched_off(
        self, server: AuthorizationServer, allowed: GrantType, asked: GrantType
    ) -> None:
        """
        What is not among the app's allowed grant types reads "Invalid grant".
        """
        async with server.database.unit() as uow:
            app, secret = await server.world.accounts.apps.register(
                uow, server.world.master.id, an_app(grant_types=frozenset({allowed}))
            )

        response = await server.ask(
            grant_type=asked.value,
            client_id=app.id,
            client_secret=secret.text,
            code="c",
            refresh_token="r",
        )

        await check_refused(server, response, "invalid_grant", "Invalid grant")

    async def test_looks_the_same_for_every_cause(self, server: AuthorizationServer) -> None:
        """
        Body and headers of the answers do not differ; the operator's log does.
        """
        with capture_logs() as logs:
            unknown = await server.ask(client_id="f" * 64)
            wrong = await server.ask(client_secret="0" * 64)
            switched_off = await server.ask(grant_type="authorization_code", code="c")

        assert unknown.content == wrong.content == switched_off.content
        assert unknown.headers == wrong.headers == switched_off.headers
        assert [entry["fault"] for entry in logs] == [
            "unknown_app_or_secret",
            "unknown_app_or_secret",
            "grant_type_not_allowed",
        ]
        assert server.world.secret.text not in repr(logs)


class TestInvalidRequest:
    @pytest.mark.fidelity("oauth.invalid-request.missing-parameter")
    @pytest.mark.parametrize("name", ["grant_type", "client_id", "client_secret"])
    async def test_for_a_missing_parameter(
        self, server: AuthorizationServer, name: str
    ) -> None:
        """
        The description names what is missing.
        """
        response = await server.ask(**{name: ""})

        await check_refused(
            server, response, "invalid_request", f"The parameter {name} is missing."
        )

    @pytest.mark.parametrize(
        ("grant_type", "name"),
        [("authorization_code", "code"), ("refresh_token", "refresh_token")],
    )
    async def test_for_a_missing_grant(
        self, server: AuthorizationServer, grant_type: str, name: str
    ) -> None:
        """
        A code grant needs its code, a refresh its refresh token.
        """
        async with server.database.unit() as uow:
            await server.world.accounts.apps.change(
                uow, server.world.app.id, an_app(grant_types=frozenset(GrantType))
            )

        response = await server.ask(grant_type=grant_type)

        await check_refused(
            server, response, "invalid_request", f"The parameter {name} is missing."
        )

    @pytest.mark.fidelity("oauth.invalid-request.employer-not-permitted")
    async def test_for_an_employer_of_somebody_else(self, server: AuthorizationServer) -> None:
        """
        A stranger's account, an unknown one, and one's own master are refused alike.
        """
        accounts, world = server.world.accounts, server.world
        async with server.database.unit() as uow:
            below, secret = await accounts.apps.register(uow, world.subaccount.id, an_app())
            theirs = await accounts.open_employer(
                uow, an_employer("201", master_id=world.stranger.id)
            )

        responses = [
            await server.ask(employer=world.stranger.id.hex),
            await server.ask(employer=theirs.id.hex),
            await server.ask(employer="0" * 32),
            await server.ask(
                employer=world.master.id.hex, client_id=below.id, client_secret=secret.text
            ),
        ]

        for response in responses:
            await check_refused(
                server,
                response,
                "invalid_request",
                "The employer parameter names no employer that this app may represent.",
            )

    @pytest.mark.fidelity("oauth.invalid-request.employer-not-an-id")
    @pytest.mark.parametrize("employer", ["100", "abc", "0" * 31, "0" * 33, "{0}", "g" * 32])
    async def test_for_an_employer_that_is_no_id(
        self, server: AuthorizationServer, employer: str
    ) -> None:
        """
        A legacy advertiser id, even a right one, is no employer id.
        """
        response = await server.ask(employer=employer)

        await check_refused(
            server,
            response,
            "invalid_request",
            "The employer parameter is not an employer ID: send 32 hexadecimal digits, not a "
            "legacy advertiser ID.",
        )


class TestUnsupportedGrantType:
    @pytest.mark.fidelity("oauth.unsupported-grant-type")
    @pytest.mark.parametrize("grant_type", ["password", "implicit", "CLIENT_CREDENTIALS", "ä"])
    async def test_for_any_other_grant(
        self, server: AuthorizationServer, grant_type: str
    ) -> None:
        """
        The description lists the ones that there are.
        """
        response = await server.ask(grant_type=grant_type)

        await check_refused(
            server,
            response,
            "unsupported_grant_type",
            "The grant_type is none of authorization_code, refresh_token, client_credentials.",
        )


class TestInvalidScope:
    @pytest.mark.fidelity("oauth.scope.refused")
    @pytest.mark.parametrize(
        ("scope", "description"),
        [
            ("nothing", "The scope nothing does not exist."),
            ("employer_access nothing", "The scope nothing does not exist."),
            ('sc"ope', "The scope asked for does not exist."),
            ("employer_access\tinterviews.schedule", "The scope asked for does not exist."),
            ("ä", "The scope asked for does not exist."),
            ("x" * 101, "The scope asked for does not exist."),
            (
                "employer.hosted_job",
                "The scope employer.hosted_job is not allowed for this app.",
            ),
            (
                "employer.advertising.account",
                "The scope employer.advertising.account is not allowed for this app.",
            ),
        ],
    )
    async def test_for_a_scope_that_the_app_cannot_have(
        self, server: AuthorizationServer, scope: str, description: str
    ) -> None:
        """
        Unknown and foreign scopes are refused, not dropped; to read does not allow to write.
        """
        response = await server.ask(scope=scope)

        await check_refused(server, response, "invalid_scope", description)

    @pytest.mark.fidelity("oauth.scope.of-a-person")
    @pytest.mark.parametrize("scope", ["openid", "email", "offline_access"])
    async def test_for_a_scope_of_a_person(
        self, server: AuthorizationServer, scope: str
    ) -> None:
        """
        Nobody signs in, so there is nobody to speak of, and nothing to refresh.
        """
        response = await server.ask(scope=scope)

        await check_refused(
            server,
            response,
            "invalid_scope",
            f"The scope {scope} needs a person who signs in.",
        )

    async def test_for_an_app_without_scopes(self, server: AuthorizationServer) -> None:
        """
        A token without any scope would open nothing.
        """
        async with server.database.unit() as uow:
            await server.world.accounts.apps.change(
                uow, server.world.app.id, an_app(scopes=frozenset({"offline_access"}))
            )

        response = await server.ask()

        await check_refused(
            server, response, "invalid_scope", "This app has no scope of its own."
        )


class TestMethod:
    @pytest.mark.fidelity("oauth.method")
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
    async def test_is_post(self, server: AuthorizationServer, method: str) -> None:
        """
        Another method is answered with 405 and what is allowed.
        """
        response = await server.http.request(method, TOKENS)

        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert await server.issued() == 0
