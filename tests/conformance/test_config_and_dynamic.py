"""The Config OP plan of the OpenID Foundation's suite, and what applies of the Dynamic one."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from hirewire.accounts.errors import BadRedirectUri
from tests.conformance.parties import (
    DISCOVERY,
    KEYS,
    TOKENS,
    Party,
    Prover,
    StrictParty,
    header_of,
    landed,
    shown,
)
from tests.conformance.world import BASE, CALLBACK, WITH_QUERY, Provider, with_keys
from tests.fixtures.background import until

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}


@pytest.fixture
def signing_rp(provider: Provider) -> StrictParty:
    """A client that proves itself with signed assertions."""
    return StrictParty(Party(provider, provider.world.signing), Prover(provider))


async def read(provider: Provider, path: str) -> dict[str, Any]:
    """Read a document."""
    answer = await provider.http.get(path)
    assert answer.status_code == httpx.codes.OK
    assert answer.headers["content-type"] in {"application/json", "application/jwk-set+json"}
    return dict(answer.json())


class TestDiscovery:
    async def test_says_what_the_provider_does(self, provider: Provider) -> None:
        """
        oidcc-discovery-endpoint-verification: all that a client must be told is there.
        """
        document = await read(provider, DISCOVERY)

        assert document == document | {
            "issuer": BASE,
            "authorization_endpoint": f"{BASE}/oauth/v2/authorize",
            "token_endpoint": f"{BASE}{TOKENS}",
            "userinfo_endpoint": f"{BASE}/v2/api/userinfo",
            "jwks_uri": f"{BASE}{KEYS}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
            "claims_parameter_supported": False,
        }
        assert "openid" in document["scopes_supported"]
        assert {"authorization_code", "refresh_token"} <= set(document["grant_types_supported"])
        assert {"sub", "iss", "aud", "exp", "iat"} <= set(document["claims_supported"])

    async def test_endpoints_are_https(self, provider: Provider) -> None:
        """
        oidcc-discovery-endpoint-verification: every address is under the issuer, by https.
        """
        document = await read(provider, DISCOVERY)

        addresses = [
            value
            for name, value in document.items()
            if name == "jwks_uri" or name.endswith("_endpoint")
        ]
        assert len(addresses) >= 6
        assert [each for each in addresses if not each.startswith(f"{BASE}/")] == []

    async def test_keys_are_public(self, provider: Provider) -> None:
        """
        oidcc-discovery-endpoint-verification: each key has an id, and no private part.
        """
        keys = (await read(provider, KEYS))["keys"]

        assert len({key["kid"] for key in keys}) == len(keys) > 0
        assert [key["kid"] for key in keys if PRIVATE & key.keys()] == []


class TestRedirectUri:
    async def test_is_missing(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-ensure-redirect-uri-in-authorization-request: nobody is sent anywhere.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=""))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_with_its_query(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-redirect-uri-query-OK: the registered query stays, and the answer joins it.
        """
        landing = await rp.authorize(provider.browser(), redirect_uri=WITH_QUERY)

        answer = await rp.exchange(landing.code, redirect_uri=WITH_QUERY)
        assert landing.url.startswith(f"{WITH_QUERY}&")
        assert landing.params.keys() == {"kept", "code", "state", "iss"}
        assert answer.status_code == httpx.codes.OK

    async def test_with_another_query(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-redirect-uri-query-mismatch: another value is another URI.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=f"{CALLBACK}?kept=2"))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_with_more_query(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-redirect-uri-query-added: a query where none was registered is another URI.
        """
        page = shown(await rp.ask(provider.browser(), redirect_uri=f"{CALLBACK}?foo=bar"))

        assert page.status == httpx.codes.BAD_REQUEST

    async def test_with_a_fragment(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-redirect-uri-regfrag: none is registered that has a fragment.
        """
        terms = replace(rp.registered.app.terms, redirect_uris=(f"{CALLBACK}#foobar",))

        async with provider.parts.db.unit() as uow:
            with pytest.raises(BadRedirectUri):
                await provider.parts.accounts.apps.change(uow, rp.id, terms)

        assert landed(await rp.ask(provider.browser(), prompt="none")).params["error"]


class TestProviderKeys:
    async def test_rotate(self, provider: Provider, rp: Party) -> None:
        """
        oidcc-server-rotate-keys: a new key appears and signs, and the old one stays.
        """
        browser = provider.browser()
        before = await rp.tokens(browser)
        old = {key["kid"] for key in (await read(provider, KEYS))["keys"]}

        await rotate(provider)
        new = {key["kid"] for key in (await read(provider, KEYS))["keys"]}
        await provider.wait(provider.parts.keys.published_ahead.total_seconds())
        after = await rp.tokens(browser)

        assert old < new
        assert header_of(before["id_token"])["kid"] in old
        assert header_of(after["id_token"])["kid"] in new - old
        assert await rp.id_claims(before)
        assert await rp.id_claims(after)
        assert (await rp.userinfo(before["access_token"])).status_code == httpx.codes.OK


class TestClientKeys:
    async def test_rotate(self, provider: Provider, signing_rp: StrictParty) -> None:
        """
        oidcc-refresh-token-rp-key-rotation: a client that changed its keys refreshes with
        the new one, and no longer with the old.
        """
        answer = await signing_rp.exchange(
            await signing_rp.party.code(provider.browser(), scope="openid offline_access"),
            proof="",
        )
        form = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"]}
        rotated = await with_new_key(provider, signing_rp)

        refused = await provider.http.post(TOKENS, data=signing_rp.proven(form))
        refreshed = await provider.http.post(TOKENS, data=rotated.proven(form))

        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        assert refreshed.status_code == httpx.codes.OK

    async def test_names_the_issuer(self, provider: Provider, signing_rp: StrictParty) -> None:
        """
        oidcc-ensure-client-assertion-with-iss-aud-succeeds: the issuer is an audience.
        """
        code = await signing_rp.party.code(provider.browser())
        assertion = signing_rp.assertion(aud=BASE)

        answer = await signing_rp.exchange(code, assertion=assertion, proof="")

        assert answer.status_code == httpx.codes.OK

    async def test_secret_beside_assertion(
        self, provider: Provider, signing_rp: StrictParty
    ) -> None:
        """
        oidcc-refresh-token-rp-key-rotation: one way of proving oneself at a time (RFC 6749,
        section 2.3).
        """
        code = await signing_rp.party.code(provider.browser())

        answer = await provider.http.post(
            TOKENS,
            data=signing_rp.proven({"grant_type": "authorization_code", "code": code}),
            headers=signing_rp.party.basic,
        )

        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def with_new_key(provider: Provider, party: StrictParty) -> StrictParty:
    """Register another key in the place of the one that *party* has."""
    registered = party.party.registered
    key = ECKey.generate_key("P-256", {"kid": "new", "use": "sig", "alg": "ES256"})
    async with provider.parts.db.unit() as uow:
        app = await provider.parts.accounts.apps.change(
            uow, party.id, with_keys(registered.app.terms, key)
        )
    return replace(party, party=Party(provider, replace(registered, app=app, key=key)))


async def rotate(provider: Provider) -> None:
    """Rotate the keys as `hirewire keys rotate` does, until the server has heard of it."""
    keys = provider.parts.keys
    pairs = await keys.make()
    async with provider.parts.db.unit() as uow:
        added = await keys.rotate(uow, pairs)
    await until(lambda: all(provider.parts.key_ring.find(key.id) for key in added))
