"""What the program writes while apps and people prove who they are: nothing that proves it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from hirewire.accounts.model import ErrorProfile
from hirewire.kit.clock import SystemClock
from hirewire.sandbox.demo import DEMO, DemoApp
from tests.acceptance.program import PATIENCE_S, logged
from tests.clients.person import PASSWORD, Person
from tests.oauth.world import VERIFIER, challenge
from tests.web.proofs import Prover

WRONG_SECRET: Final = "wrong-secret-5d41402abc4b2a76b9719d911017c592"
WRONG_PASSWORD: Final = "wrong-password-7d793037a0760186574b0282f2f435e7"
WRONG_TOKEN: Final = "0123456789abcdef" * 4
STATE: Final = "state-af0ifjsldkj"


def web_app() -> DemoApp:
    """Pick an app with a secret that people sign in to."""
    return next(
        app
        for app in DEMO.apps
        if app.terms.redirect_uris
        and app.signing_key is None
        and not app.terms.is_public
        and app.terms.error_profile is ErrorProfile.RFC
    )


def strict_app() -> DemoApp:
    """Pick an app that signs assertions."""
    return next(app for app in DEMO.apps if app.signing_key is not None)


class Exchange:
    """A long exchange with the program, and each text of it that proves something."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.http = httpx.Client(base_url=base_url, timeout=PATIENCE_S)
        self.prover = Prover(SystemClock())
        self.app = web_app()
        self.secrets: set[str] = {self.app.client_secret or "", VERIFIER}

    def post(self, path: str, **form: str) -> Any:
        """Send a form, and return the body."""
        answer = self.http.post(path, data=form)
        return answer.json() if answer.content else None

    def as_app(self, path: str, **form: str) -> Any:
        """Send a form with the app's secret."""
        credentials = {
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret or "",
        }
        return self.post(path, **(credentials | form))

    def keep(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Note the tokens of an answer."""
        for name in ("access_token", "refresh_token", "id_token"):
            if name in answer:
                self.secrets.add(answer[name])
        return answer

    def authorize(self) -> str:
        """Let a stranger fail to sign in, and a person consent; return the code."""
        callback = self.app.terms.redirect_uris[0]
        asked = {
            "client_id": self.app.client_id,
            "redirect_uri": callback,
            "response_type": "code",
            "scope": "openid email offline_access employer_access",
            "state": STATE,
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        url = f"{self.base_url}/oauth/v2/authorize?{urlencode(asked)}"
        stranger = Person("stranger@alpenblick.example", WRONG_PASSWORD)
        with pytest.raises(AssertionError):
            stranger.visit(url, callback)
        stranger.close()
        person = Person()
        landed = person.visit(url, callback)
        self.secrets |= {WRONG_PASSWORD, PASSWORD}
        self.secrets |= {cookie.value or "" for cookie in person.browser.cookies.jar}
        person.close()
        code = parse_qs(urlsplit(landed).query)["code"][0]
        self.secrets.add(code)
        return code

    def three_legged(self) -> None:
        """Redeem, use, refresh, ask about, reuse and give back a person's tokens."""
        code = self.authorize()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.app.terms.redirect_uris[0],
            "code_verifier": VERIFIER,
        }
        tokens = self.keep(self.as_app("/oauth/v2/tokens", **form))
        access, refresh = tokens["access_token"], tokens["refresh_token"]
        bearer = {"authorization": f"Bearer {access}"}
        assert "sub" in self.http.get("/v2/api/userinfo", headers=bearer).json()
        self.http.get(f"/v2/api/userinfo?access_token={access}")
        self.post("/v2/api/userinfo", access_token=access)
        self.http.post("/graphql", json={"query": "{__typename}"}, headers=bearer)
        self.http.get("/sse/notifications/message-update?eventTypes=x", headers=bearer)
        grant = {"grant_type": "refresh_token", "refresh_token": refresh}
        renewed = self.keep(self.as_app("/oauth/v2/tokens", **grant))
        assert self.as_app("/oauth/v2/introspect", token=renewed["access_token"])["active"]
        self.as_app("/oauth/v2/introspect", token=renewed["refresh_token"])
        self.as_app("/oauth/v2/tokens", **form)
        self.as_app("/oauth/v2/revoke", token=renewed["access_token"])
        self.as_app("/oauth/v2/revoke", token=renewed["refresh_token"])
        self.http.get("/v2/api/userinfo", headers=bearer)

    def two_legged(self) -> None:
        """Get a token in every way, good and bad, and prove a key."""
        grant = {"grant_type": "client_credentials"}
        url = f"{self.base_url}/oauth/v2/tokens"
        proof = self.prover.prove("POST", url)
        self.secrets |= {proof, WRONG_SECRET, WRONG_TOKEN}
        self.keep(self.as_app("/oauth/v2/tokens", **grant))
        self.as_app("/oauth/v2/tokens", **grant, client_secret=WRONG_SECRET)
        self.as_app(f"/oauth/v2/tokens?client_secret={WRONG_SECRET}", **grant)
        self.as_app("/oauth/v2/introspect", token=WRONG_TOKEN)
        self.as_app("/oauth/v2/revoke", token=WRONG_TOKEN)
        self.as_app("/oauth/v2/tokens", grant_type="refresh_token", refresh_token=WRONG_TOKEN)
        self.http.get("/v2/api/appinfo", headers={"authorization": f"Bearer {WRONG_TOKEN}"})
        basic = httpx.BasicAuth(self.app.client_id, self.app.client_secret or "")
        answer = self.http.post(
            "/oauth/v2/tokens", data=grant, auth=basic, headers={"dpop": proof}
        )
        bound = self.keep(answer.json())["access_token"]
        used = self.prover.prove("GET", f"{self.base_url}/v2/api/appinfo", bound)
        self.secrets |= {used, answer.request.headers["authorization"].partition(" ")[2]}
        for _ in range(2):
            headers = {"authorization": f"DPoP {bound}", "dpop": used}
            self.http.get("/v2/api/appinfo", headers=headers)

    def signed(self) -> None:
        """Prove an app by an assertion, twice."""
        app = strict_app()
        key = ECKey.import_key(dict(app.signing_key or {}))
        now = int(SystemClock().now().timestamp())
        claims = {
            "iss": app.client_id,
            "sub": app.client_id,
            "aud": self.base_url,
            "jti": "an-assertion",
            "iat": now,
            "exp": now + 60,
        }
        assertion = jwt.encode({"alg": "ES256"}, claims, key)
        self.secrets.add(assertion)
        for path in ("/oauth/v2/introspect", "/oauth/v2/revoke"):
            self.post(
                path,
                client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                client_assertion=assertion,
                token="x",
            )


@pytest.fixture(name="exchange")
def _exchange(tmp_path: Path) -> Iterator[tuple[Exchange, Path]]:
    log = tmp_path / "log"
    arguments = ("dev", "--port", "0", "--data", str(tmp_path / "data"))
    with logged(log, *arguments, log_level="debug", access_log="all") as program:
        exchange = Exchange(program.base_url)
        yield exchange, log
        exchange.http.close()


class TestLogs:
    @pytest.mark.fidelity("oauth.logs.no-secrets")
    @pytest.mark.timeout(60)
    def test_hold_nothing_that_proves_anything(self, exchange: tuple[Exchange, Path]) -> None:
        """
        No secret, password, code, token, proof, assertion or cookie is in any line, nor in
        the database.
        """
        talk, log = exchange

        talk.two_legged()
        talk.three_legged()
        talk.signed()

        written = log.read_text()
        events = ("request", "token_refused", "question_refused")
        assert [event for event in events if f" {event} " not in written] == []
        assert len(talk.secrets) > 15
        assert [text for text in talk.secrets if text in written] == []
        signatures = [text.split(".")[-1] for text in talk.secrets if "." in text]
        assert [text for text in signatures if text in written] == []
        kept = b"".join(file.read_bytes() for file in (log.parent / "data").rglob("*.db*"))
        assert len(kept) > len(written)
        assert [text for text in talk.secrets if text.encode() in kept] == []
