"""Discovery: what a client that trusts the document finds, and where it looks for it."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette

from hirewire.oauth.discovery import OAUTH, OPENID, Discovery, assertion_endpoints, metadata

ISSUER: Final = "https://jobs.example"
ALGORITHMS: Final = ["ES256", "RS256", "PS256", "Ed25519", "EdDSA"]
PROOFS: Final = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def client(issuer: str = ISSUER, base_url: str = ISSUER) -> httpx.AsyncClient:
    """A client of the documents of *issuer*."""
    app = Starlette(routes=Discovery.of(issuer, base_url).routes())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://any.example")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server without anything special."""
    async with client() as http:
        yield http


class TestDocument:
    @pytest.mark.fidelity("oauth.discovery.document")
    @pytest.mark.parametrize("path", [OPENID, OAUTH])
    async def test_says_everything(self, http: httpx.AsyncClient, path: str) -> None:
        """
        Both documents are the same, and have every member that a strict client reads.
        """
        response = await http.get(path)

        assert response.status_code == 200
        assert response.json() == {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/oauth/v2/authorize",
            "token_endpoint": f"{ISSUER}/oauth/v2/tokens",
            "pushed_authorization_request_endpoint": f"{ISSUER}/oauth/v2/par",
            "introspection_endpoint": f"{ISSUER}/oauth/v2/introspect",
            "revocation_endpoint": f"{ISSUER}/oauth/v2/revoke",
            "userinfo_endpoint": f"{ISSUER}/v2/api/userinfo",
            "jwks_uri": f"{ISSUER}/.well-known/keys",
            "token_endpoint_auth_methods_supported": [*PROOFS, "none"],
            "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "introspection_endpoint_auth_methods_supported": PROOFS,
            "introspection_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "revocation_endpoint_auth_methods_supported": [*PROOFS, "none"],
            "revocation_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
            "scopes_supported": response.json()["scopes_supported"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": [
                "authorization_code",
                "client_credentials",
                "refresh_token",
            ],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "require_pushed_authorization_requests": False,
            "dpop_signing_alg_values_supported": ["ES256", "Ed25519", "PS256", "RS256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "prompt_values_supported": ["none", "login", "consent", "select_employer"],
            "claims_supported": [
                *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash"),
                *("email", "email_verified", "employer", "employers"),
            ],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "ui_locales_supported": ["en"],
        }

    @pytest.mark.fidelity("oauth.discovery.document")
    def test_lists_the_scopes(self) -> None:
        """
        The scopes of the public API are there, and `openid` (OpenID Connect Discovery, 3).
        """
        scopes = metadata(ISSUER, ISSUER)["scopes_supported"]

        assert isinstance(scopes, list)
        assert {"openid", "email", "offline_access", "employer_access"} <= set(scopes)
        assert scopes == sorted(scopes)

    async def test_may_be_read_by_any_page_and_kept(self, http: httpx.AsyncClient) -> None:
        """
        Caches keep it for five minutes; a browser's script may read it; HEAD is answered.
        """
        found = (await http.get(OPENID)).headers
        head = await http.head(OPENID)
        posted = await http.post(OPENID)

        assert found["content-type"] == "application/json"
        assert found["cache-control"] == "public, max-age=300"
        assert found["access-control-allow-origin"] == "*"
        assert (head.status_code, head.headers["etag"]) == (200, found["etag"])
        assert posted.status_code == 405

    async def test_is_not_sent_again(self, http: httpx.AsyncClient) -> None:
        """
        Whoever has the same one already is told so, in a few bytes.
        """
        tag = (await http.get(OPENID)).headers["etag"]

        same = await http.get(OPENID, headers={"If-None-Match": f'"other", {tag}'})
        other = await http.get(OPENID, headers={"If-None-Match": '"other"'})

        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert other.status_code == 200


class TestAddresses:
    @pytest.mark.fidelity("oauth.discovery.issuer-path")
    @pytest.mark.parametrize(
        "path",
        [
            "/hiring/v1/.well-known/openid-configuration",
            "/hiring/v1/.well-known/oauth-authorization-server",
            "/.well-known/openid-configuration/hiring/v1",
            "/.well-known/oauth-authorization-server/hiring/v1",
            OPENID,
            OAUTH,
        ],
    )
    async def test_of_an_issuer_with_a_path(self, path: str) -> None:
        """
        The document is found by either rule: OpenID Connect appends, RFC 8414 inserts.
        """
        async with client("https://id.example/hiring/v1", "https://jobs.example") as http:
            found = (await http.get(path)).json()

        assert found["issuer"] == "https://id.example/hiring/v1"
        assert found["token_endpoint"] == "https://jobs.example/oauth/v2/tokens"

    def test_without_a_path_are_two(self) -> None:
        """
        Nothing is routed twice.
        """
        routes = Discovery.of(ISSUER, ISSUER).routes()

        assert [route.path for route in routes] == [OPENID, OAUTH]

    @pytest.mark.fidelity("oauth.assertions.audience")
    def test_are_what_assertions_are_for(self) -> None:
        """
        An assertion may name an endpoint that takes assertions.
        """
        assert assertion_endpoints(ISSUER) == {
            f"{ISSUER}/oauth/v2/tokens",
            f"{ISSUER}/oauth/v2/par",
            f"{ISSUER}/oauth/v2/introspect",
            f"{ISSUER}/oauth/v2/revoke",
        }
