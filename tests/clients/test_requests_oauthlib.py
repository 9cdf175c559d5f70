"""PyPI requests-oauthlib drives the authorization server, as it drives the control."""

from typing import Any

import httpx
import pytest
from oauthlib.oauth2 import (
    BackendApplicationClient,
    InvalidClientError,
    InvalidGrantError,
    UnsupportedGrantTypeError,
)
from requests_oauthlib import OAuth2Session

from tests.clients.person import Person
from tests.clients.servers import APPS, Server

SCOPE = ["openid", "email", "offline_access"]

Servers = tuple[Server, Server]


@pytest.fixture(autouse=True)
def _on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library talk to this machine without TLS."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


@pytest.fixture
def servers(control: Server, hirewire: Server) -> Servers:
    """Both servers: ours is tried only after the control was right."""
    return control, hirewire


def endpoints(server: Server) -> dict[str, Any]:
    """Read where everything is."""
    url = f"{server.issuer}/.well-known/openid-configuration"
    found: dict[str, Any] = httpx.get(url).raise_for_status().json()
    return found


def sign_in(session: OAuth2Session, server: Server, name: str) -> dict[str, Any]:
    """Send somebody through the pages, and redeem the code."""
    known, app, person = endpoints(server), APPS[name], Person()
    url, _ = session.authorization_url(known["authorization_endpoint"], prompt="consent")
    callback = person.visit(url, app.terms.redirect_uris[0])
    person.close()
    token: dict[str, Any] = session.fetch_token(
        known["token_endpoint"],
        authorization_response=callback,
        client_secret=app.client_secret,
        include_client_id=app.client_secret is None or None,
    )
    return dict(token)


def web_application(name: str) -> OAuth2Session:
    """Open a session of the app *name*, with PKCE."""
    app = APPS[name]
    return OAuth2Session(
        app.client_id, redirect_uri=app.terms.redirect_uris[0], scope=SCOPE, pkce="S256"
    )


class TestWebApplication:
    @pytest.mark.parametrize("app", ["oidc", "ats", "native"])
    def test_signs_somebody_in(self, servers: Servers, app: str) -> None:
        """The code becomes a token of the scopes asked for, which opens userinfo."""
        for server in servers:
            with web_application(app) as session:
                token = sign_in(session, server, app)

                user = session.get(endpoints(server)["userinfo_endpoint"]).json()

            assert sorted(token["scope"]) == sorted(SCOPE), server.name
            assert user["email"] == Person().email, server.name

    @pytest.mark.parametrize("app", ["oidc", "ats"])
    def test_refreshes(self, servers: Servers, app: str) -> None:
        """A refresh gives another access token, and the session goes on with it."""
        for server in servers:
            known, secret = endpoints(server), APPS[app].client_secret
            assert secret is not None
            with web_application(app) as session:
                first = sign_in(session, server, app)

                second = session.refresh_token(
                    known["token_endpoint"], auth=(APPS[app].client_id, secret)
                )
                answer = session.get(known["userinfo_endpoint"])

            assert second["access_token"] != first["access_token"], server.name
            assert answer.status_code == 200, server.name

    def test_raises_when_a_refresh_is_refused(self, servers: Servers) -> None:
        """A refresh token that is none raises `InvalidGrantError`."""
        for server in servers:
            app = APPS["oidc"]
            assert app.client_secret is not None
            with web_application("oidc") as session, pytest.raises(InvalidGrantError):
                session.refresh_token(
                    endpoints(server)["token_endpoint"],
                    refresh_token="nonsense",
                    auth=(app.client_id, app.client_secret),
                )


class TestBackendApplication:
    @pytest.mark.parametrize("app", ["oidc", "ats"])
    def test_gets_a_token(self, servers: Servers, app: str) -> None:
        """An app gets a token for itself with its secret."""
        for server in servers:
            with backend(app) as session:
                token = session.fetch_token(
                    endpoints(server)["token_endpoint"],
                    client_id=APPS[app].client_id,
                    client_secret=APPS[app].client_secret,
                )

            assert token["scope"] == ["interviews.schedule"], server.name
            assert (token["token_type"], token["expires_in"]) == ("Bearer", 3600), server.name

    def test_raises_when_the_secret_is_wrong(self, servers: Servers) -> None:
        """An app of the RFC profile gets `InvalidClientError`."""
        for server in servers:
            with backend("oidc") as session, pytest.raises(InvalidClientError):
                session.fetch_token(
                    endpoints(server)["token_endpoint"],
                    client_id=APPS["oidc"].client_id,
                    client_secret="nonsense",
                )

    def test_raises_when_the_grant_is_unknown(self, servers: Servers) -> None:
        """A grant type that there is not raises `UnsupportedGrantTypeError`."""
        for server in servers:
            client = BackendApplicationClient(APPS["oidc"].client_id)
            client.grant_type = "urn:example:nonsense"
            session = OAuth2Session(client=client)
            with session, pytest.raises(UnsupportedGrantTypeError):
                session.fetch_token(
                    endpoints(server)["token_endpoint"],
                    client_id=APPS["oidc"].client_id,
                    client_secret=APPS["oidc"].client_secret,
                )


def backend(name: str) -> OAuth2Session:
    client = BackendApplicationClient(APPS[name].client_id, scope=["interviews.schedule"])
    return OAuth2Session(client=client)
