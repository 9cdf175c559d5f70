"""`POST /oauth/v2/tokens` from apps that say twice, or in no way, who they are."""

import pytest

from tests.oauth.refused import check_refused
from tests.oauth.world import TOKENS, AuthorizationServer, basic


class TestInvalidRequest:
    @pytest.mark.fidelity("oauth.app.one-authentication")
    async def test_for_authenticating_twice(self, server: AuthorizationServer) -> None:
        """
        Header and body are one too many, even when they agree.
        """
        response = await server.http.post(
            TOKENS,
            data={"grant_type": "client_credentials"} | server.credentials,
            headers=server.basic(),
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "The app authenticates twice: use the Authorization header or the body.",
        )

    async def test_for_two_client_ids(self, server: AuthorizationServer) -> None:
        """
        The id in the body is the one that authenticates.
        """
        response = await server.post(
            f"grant_type=client_credentials&client_id={'f' * 64}", server.basic()
        )

        await check_refused(
            server,
            response,
            "invalid_request",
            "The client_id is not the one that authenticates.",
        )

    @pytest.mark.parametrize(
        "header",
        [
            "Bearer abc",
            "Basic",
            "Basic !!!",
            "Basic YQ",
            "Basic YWJj",
            "Basic Og==",
            "Basic OmI=",
            "Basic /////w==",
            "Basic YQA6Yg==",
            basic("a%ff", "b"),
        ],
    )
    async def test_for_a_malformed_header(
        self, server: AuthorizationServer, header: str
    ) -> None:
        """
        Another scheme, broken base64 and half a pair are no HTTP Basic.
        """
        response = await server.post("grant_type=client_credentials", {"Authorization": header})

        await check_refused(
            server,
            response,
            "invalid_request",
            "The Authorization header is not well-formed HTTP Basic.",
        )

    async def test_for_two_headers(self, server: AuthorizationServer) -> None:
        """
        Which of two headers counts is nobody's guess.
        """
        header = ("Authorization", server.basic()["Authorization"])

        response = await server.http.post(
            TOKENS, data={"grant_type": "client_credentials"}, headers=[header, header]
        )

        await check_refused(
            server, response, "invalid_request", "There is more than one Authorization header."
        )
