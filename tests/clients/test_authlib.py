"""PyPI authlib drives the authorization server, as it drives the control."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.clients.person import Person
from tests.clients.servers import APPS, Server

SCOPE = "openid email offline_access"
VERIFIER = "a-verifier-that-is-long-enough-for-anybody-0123456789"
NONCE = "a nonce"


@dataclass(frozen=True, slots=True)
class Known:
    """A server, what it says of itself, and an authlib session with it."""

    server: Server
    metadata: dict[str, Any]
    session: OAuth2Session

    def sign_in(self, person: Person) -> dict[str, Any]:
        """Send *person* through the pages, and redeem the code."""
        url, state = self.session.create_authorization_url(
            self.metadata["authorization_endpoint"],
            code_verifier=VERIFIER,
            nonce=NONCE,
            prompt="consent",
        )
        callback = person.visit(url, self.session.redirect_uri)
        token: dict[str, Any] = self.session.fetch_token(
            self.metadata["token_endpoint"],
            authorization_response=callback,
            state=state,
            code_verifier=VERIFIER,
        )
        return token


def known(server: Server, name: str, **options: Any) -> Known:
    """Let authlib know *server*, as the app *name*."""
    app = APPS[name]
    url = f"{server.issuer}/.well-known/openid-configuration"
    metadata = httpx.get(url).raise_for_status().json()
    session = OAuth2Session(
        app.client_id,
        app.client_secret,
        token_endpoint_auth_method="client_secret_basic" if app.client_secret else "none",
        scope=SCOPE,
        redirect_uri=app.terms.redirect_uris[0],
        code_challenge_method="S256",
        **options,
    )
    return Known(server, metadata, session)


@pytest.fixture
def servers(control: Server, hirewire: Server) -> tuple[Server, Server]:
    """Both servers: ours is tried only after the control was right."""
    return control, hirewire


@pytest.fixture
def people() -> Iterator[list[Person]]:
    """A person for each server."""
    people = [Person(), Person()]
    yield people
    for person in people:
        person.close()


Servers = tuple[Server, Server]


class TestCode:
    @pytest.mark.parametrize("app", ["oidc", "native"])
    def test_signs_somebody_in(self, servers: Servers, people: list[Person], app: str) -> None:
        """The token opens userinfo; the ID token is right by the published keys."""
        for server, person in zip(servers, people, strict=True):
            client = known(server, app)
            with client.session as session:
                token = client.sign_in(person)

                user = session.get(client.metadata["userinfo_endpoint"]).json()

            claims = proven_claims(client, token)
            assert sorted(token["scope"].split()) == sorted(SCOPE.split()), server.name
            assert (user["sub"], user["email"]) == (claims["sub"], person.email), server.name
            assert claims["email"] == person.email, server.name

    def test_is_refused_the_second_time(self, servers: Servers, people: list[Person]) -> None:
        """A used code raises what the application can tell the person."""
        for server, person in zip(servers, people, strict=True):
            client = known(server, "oidc")
            with client.session as session:
                url, _ = session.create_authorization_url(
                    client.metadata["authorization_endpoint"], code_verifier=VERIFIER
                )
                callback = person.visit(url, session.redirect_uri)
                once = {"authorization_response": callback, "code_verifier": VERIFIER}
                session.fetch_token(client.metadata["token_endpoint"], **once)

                with pytest.raises(OAuthError) as refused:
                    session.fetch_token(client.metadata["token_endpoint"], **once)

            assert refused.value.error == "invalid_grant", server.name


class TestRefresh:
    def test_happens_by_itself(self, servers: Servers, people: list[Person]) -> None:
        """A session whose token is over gets another one before it calls."""
        for server, person in zip(servers, people, strict=True):
            refreshed: list[dict[str, Any]] = []
            client = known(server, "oidc", update_token=remembering(refreshed))
            with client.session as session:
                first = dict(client.sign_in(person))
                session.metadata["token_endpoint"] = client.metadata["token_endpoint"]
                session.token["expires_at"] = 1

                answer = session.get(client.metadata["userinfo_endpoint"])

            assert answer.status_code == 200, server.name
            assert len(refreshed) == 1, server.name
            assert refreshed[0]["access_token"] != first["access_token"], server.name
            assert refreshed[0]["refresh_token"] != first["refresh_token"], server.name

    def test_of_a_revoked_token_is_refused(
        self, servers: Servers, people: list[Person]
    ) -> None:
        """Revoked is revoked; introspection says the same."""
        for server, person in zip(servers, people, strict=True):
            client = known(server, "oidc")
            with client.session as session:
                token = dict(client.sign_in(person))
                endpoint = client.metadata["token_endpoint"]

                session.revoke_token(
                    client.metadata["revocation_endpoint"], token["refresh_token"]
                )
                with pytest.raises(OAuthError) as refused:
                    session.refresh_token(endpoint, token["refresh_token"])

                told = session.introspect_token(
                    client.metadata["introspection_endpoint"], token["access_token"]
                )
            assert refused.value.error == "invalid_grant", server.name
            assert told.json() == {"active": False}, server.name


class TestClientCredentials:
    def test_gives_a_token(self, servers: Servers) -> None:
        """An app gets a token for itself."""
        for server in servers:
            client = known(server, "oidc")
            with client.session as session:
                token = session.fetch_token(
                    client.metadata["token_endpoint"],
                    grant_type="client_credentials",
                    scope="interviews.schedule",
                )

            assert token["token_type"] == "Bearer", server.name
            assert token["scope"] == "interviews.schedule", server.name
            assert "refresh_token" not in token, server.name

    def test_refuses_a_wrong_secret(self, servers: Servers) -> None:
        """The error has the code of RFC 6749."""
        for server in servers:
            client = known(server, "oidc")
            with client.session as session:
                session.client_secret = "nonsense"
                with pytest.raises(OAuthError) as refused:
                    session.fetch_token(
                        client.metadata["token_endpoint"], grant_type="client_credentials"
                    )

            assert refused.value.error == "invalid_client", server.name


def proven_claims(client: Known, token: dict[str, Any]) -> dict[str, Any]:
    """Check an ID token as authlib's documentation has it."""
    keys = KeySet.import_key_set(httpx.get(client.metadata["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"essential": True, "value": client.server.issuer}},
        {
            "nonce": NONCE,
            "client_id": client.session.client_id,
            "access_token": token["access_token"],
        },
    )
    claims.validate()
    return dict(claims)


def remembering(refreshed: list[dict[str, Any]]) -> Any:
    def update_token(token: dict[str, Any], **_: Any) -> None:
        refreshed.append(dict(token))

    return update_token
