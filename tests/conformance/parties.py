"""The apps on the other side: what a client asks the provider, and what it reads in answers."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from tests.conformance.browser import Browser, Landing, Page, Seen, Someone
from tests.conformance.world import BASE, CALLBACK, Provider, Registered

AUTHORIZE: Final = "/oauth/v2/authorize"
TOKENS: Final = "/oauth/v2/tokens"
PAR: Final = "/oauth/v2/par"
USERINFO: Final = "/v2/api/userinfo"
KEYS: Final = "/.well-known/keys"
REVOKE: Final = "/oauth/v2/revoke"
INTROSPECT: Final = "/oauth/v2/introspect"
DISCOVERY: Final = "/.well-known/openid-configuration"
FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
VERIFIER: Final = "a-verifier-of-the-conformance-tests-0123456789"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_numbers: Final = count(1)


def hashed(text: str) -> str:
    """Spell the SHA-256 of *text* as PKCE and DPoP do."""
    return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()


def query(parameters: Mapping[str, str]) -> str:
    """Address an authorization request."""
    return f"{AUTHORIZE}?{urlencode(parameters)}"


@dataclass(frozen=True, slots=True)
class Party:
    """A relying party that is registered with the provider."""

    provider: Provider
    registered: Registered

    @property
    def id(self) -> str:
        return self.registered.app.id

    @property
    def credentials(self) -> dict[str, str]:
        """What it proves itself with, in a body."""
        return {"client_id": self.id, "client_secret": self.registered.secret}

    @property
    def basic(self) -> dict[str, str]:
        """What it proves itself with, in the header."""
        pair = f"{self.id}:{self.registered.secret}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def request(self, **changes: str) -> dict[str, str]:
        """Make an authorization request; an empty value leaves a parameter out."""
        asked = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": CALLBACK,
            "scope": "openid email",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": hashed(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (asked | changes).items() if value}

    async def ask(self, browser: Browser, **changes: str) -> Seen:
        """Send the browser to the provider, and see what comes first."""
        return await browser.visit(query(self.request(**changes)))

    async def authorize(
        self, browser: Browser, person: Someone | None = None, /, **changes: str
    ) -> Landing:
        """Send the browser to the provider, and have the person go through to the end."""
        seen = await self.ask(browser, **changes)
        return await self.finish(browser, seen, person)

    async def finish(
        self, browser: Browser, seen: Seen, person: Someone | None = None
    ) -> Landing:
        """Have the person go through to the end."""
        landed = await browser.complete(seen, person or self.provider.someone)
        assert isinstance(landed, Landing), f"{landed.status} {landed.url}: {landed.text}"
        assert landed.url.startswith("https://rp.example/callback"), landed.url
        return landed

    async def code(self, browser: Browser, **changes: str) -> str:
        """Get a code."""
        return (await self.authorize(browser, **changes)).code

    async def exchange(self, code: str, **changes: str) -> httpx.Response:
        """Redeem a code with credentials in the header; an empty value leaves one out."""
        return await self.post(code_form(code, **changes))

    async def refresh(self, token: str, **changes: str) -> httpx.Response:
        """Ask for tokens with a refresh token."""
        return await self.post(
            {"grant_type": "refresh_token", "refresh_token": token} | changes
        )

    async def post(
        self, form: Mapping[str, str], *, path: str = TOKENS, **headers: str
    ) -> httpx.Response:
        """Send a form, with credentials in the header."""
        return await self.provider.http.post(path, data=form, headers=self.basic | headers)

    async def tokens(self, browser: Browser, **changes: str) -> dict[str, Any]:
        """Go through all of it, and return what the token endpoint answers."""
        answer = await self.exchange(await self.code(browser, **changes))
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json())

    async def userinfo(self, access_token: str) -> httpx.Response:
        """Ask who the person is."""
        return await self.provider.http.get(USERINFO, headers=bearer(access_token))

    async def id_claims(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """Verify the ID token in *answer* as a client does, and read it."""
        keys = KeySet.import_key_set((await self.provider.http.get(KEYS)).json())
        token = jwt.decode(answer["id_token"], keys, algorithms=["RS256"])
        return dict(token.claims)


def code_form(code: str, **changes: str) -> dict[str, str]:
    """Ask for the tokens of *code*; an empty value leaves a parameter out."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return {name: value for name, value in (asked | changes).items() if value}


def bearer(access_token: str) -> dict[str, str]:
    """Present a token."""
    return {"Authorization": f"Bearer {access_token}"}


def header_of(token: str) -> dict[str, str]:
    """Read a token's header, unverified."""
    return dict(json.loads(urlsafe_b64decode(token.partition(".")[0].encode())))


def shown(seen: Seen) -> Page:
    """Insist that the provider shows something itself."""
    assert isinstance(seen, Page), seen.url
    return seen


def landed(seen: Seen) -> Landing:
    """Insist that the browser was sent to the app."""
    assert isinstance(seen, Landing), f"{seen.status} {seen.url}: {seen.text}"
    return seen


@dataclass(frozen=True, slots=True)
class Prover:
    """Who holds a key, and proves it for each request (RFC 9449)."""

    provider: Provider
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"), repr=False)

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def proof(self, method: str, path: str, access_token: str = "", **changes: Any) -> str:
        """Make a proof; None takes a claim out."""
        claims = {
            "jti": f"proof-{next(_numbers)}",
            "htm": method,
            "htu": f"{BASE}{path}",
            "iat": self._now(),
            "ath": hashed(access_token) if access_token else None,
        }
        return self.signed(_without_nothing(claims | changes))

    def signed(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Sign *claims* as they are; None takes a member of the header out."""
        members = {"typ": "dpop+jwt", "alg": "ES256", "jwk": self.key.as_dict(private=False)}
        return jws.serialize_compact(
            _without_nothing(members | header),
            json.dumps(claims).encode(),
            self.key,
            registry=_ANY_HEADER,
        )

    def headers(
        self, method: str, path: str, access_token: str, **changes: Any
    ) -> dict[str, str]:
        """Present a bound token with its proof."""
        return {
            "Authorization": f"DPoP {access_token}",
            "DPoP": self.proof(method, path, access_token, **changes),
        }

    def _now(self) -> int:
        return int(self.provider.clock.now().timestamp())


@dataclass(frozen=True, slots=True)
class StrictParty:
    """A relying party as FAPI 2.0 has it: assertions, pushed requests, proofs."""

    party: Party
    prover: Prover

    @property
    def id(self) -> str:
        return self.party.id

    def assertion(self, **changes: Any) -> str:
        """Sign a client assertion (RFC 7523); None takes a claim out."""
        now = int(self.party.provider.clock.now().timestamp())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": BASE,
            "jti": f"assertion-{next(_numbers)}",
            "iat": now,
            "exp": now + 60,
        }
        key = self.party.registered.key
        assert key is not None
        return signed_by(key, _without_nothing(claims | changes))

    def proven(self, form: Mapping[str, str], assertion: str | None = None) -> dict[str, str]:
        """Add to *form* what the app proves itself with."""
        return {
            "client_id": self.id,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
        } | dict(form)

    async def push(
        self, *, assertion: str | None = None, proof: str = "", **changes: str
    ) -> httpx.Response:
        """Push an authorization request (RFC 9126)."""
        form = self.proven(self.party.request(**changes), assertion)
        headers = {"DPoP": proof} if proof else {}
        return await self.party.provider.http.post(PAR, data=form, headers=headers)

    async def pushed(self, **changes: str) -> str:
        """Push an authorization request, and return its name."""
        answer = await self.push(**changes)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return str(answer.json()["request_uri"])

    async def ask(self, browser: Browser, request_uri: str, **more: str) -> Seen:
        """Send the browser to the provider with a pushed request."""
        parameters = {"client_id": self.id, "request_uri": request_uri} | more
        return await browser.visit(query(parameters))

    async def code(self, browser: Browser, **changes: str) -> str:
        """Get a code by a pushed request."""
        seen = await self.ask(browser, await self.pushed(**changes))
        return (await self.party.finish(browser, seen)).code

    async def exchange(
        self,
        code: str,
        *,
        assertion: str | None = None,
        proof: str | None = None,
        **changes: str,
    ) -> httpx.Response:
        """Redeem a code with an assertion and a proof; an empty proof leaves it out."""
        given = self.prover.proof("POST", TOKENS) if proof is None else proof
        return await self.party.provider.http.post(
            TOKENS,
            data=self.proven(code_form(code, **changes), assertion),
            headers={"DPoP": given} if given else {},
        )

    async def tokens(self, browser: Browser, **changes: str) -> dict[str, Any]:
        """Go through all of it."""
        answer = await self.exchange(await self.code(browser, **changes))
        assert answer.status_code == httpx.codes.OK, answer.text
        return dict(answer.json())

    async def call(self, headers: Mapping[str, str] | list[tuple[str, str]]) -> httpx.Response:
        """Ask the protected endpoint."""
        return await self.party.provider.http.get(USERINFO, headers=headers)

    def holding(self, prover: Prover) -> "StrictParty":
        """Take the same party with another key for proofs."""
        return replace(self, prover=prover)


def signed_by(key: ECKey | OctKey | RSAKey, claims: Mapping[str, Any], **header: Any) -> str:
    """Sign *claims* with *key*, which the header names."""
    members = {"alg": "ES256", "kid": key.kid} | header
    return jws.serialize_compact(
        _without_nothing(members), json.dumps(claims).encode(), key, registry=_ANY_HEADER
    )


def _without_nothing(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


_ANY_HEADER: Final = jws.JWSRegistry(
    algorithms=["ES256", "HS256", "PS256", "RS256"], strict_check_header=False
)
