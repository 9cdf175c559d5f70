"""Signing keys: made, sealed, published, rotated with overlap, and read again."""

import asyncio
import json
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from hirewire.kit.caller import Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy, SystemEntropy
from hirewire.oauth import store
from hirewire.oauth.errors import NoSigningKey, SealedOtherwise, WeakKeysSecret
from hirewire.oauth.keyring import RELOADS_EVERY_S, KeyRing
from hirewire.oauth.model import KeyPair, StoredKey
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.runtime.db.database import Database
from tests.accounts.world import facts, kinds
from tests.oauth.world import AuthorizationServer

KEYS: Final = "/.well-known/keys"
OTHER_SECRET: Final = "another secret of the tests"


async def token_of(server: AuthorizationServer) -> str:
    """Get a token."""
    return str((await server.ask()).json()["access_token"])


def key_id(token: str) -> str:
    """Read which key signed a token."""
    return str(jws.extract_compact(token.encode()).headers()["kid"])


async def published(server: AuthorizationServer) -> list[str]:
    """List the ids of the published keys."""
    return [key["kid"] for key in (await server.http.get(KEYS)).json()["keys"]]


class TestPublished:
    @pytest.mark.fidelity("oauth.keys.jwks")
    async def test_keys_verify_our_tokens(self, server: AuthorizationServer) -> None:
        """
        Whoever reads the JWK set can verify a token, and sees no private part.
        """
        token = await token_of(server)

        response = await server.http.get(KEYS)

        (key,) = response.json()["keys"]
        assert response.headers["content-type"] == "application/jwk-set+json"
        assert response.headers["cache-control"] == "public, max-age=300"
        assert response.headers["access-control-allow-origin"] == "*"
        assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == (
            "EC",
            "P-256",
            "ES256",
            "sig",
        )
        assert key["kid"] == key_id(token)
        verified = jws.deserialize_compact(token, ECKey.import_key(key), algorithms=["ES256"])
        assert json.loads(verified.payload)["azp"] == server.world.app.id

    async def test_keys_are_read_only(self, server: AuthorizationServer) -> None:
        """
        Nobody posts a key.
        """
        response = await server.http.post(KEYS)

        assert response.status_code == 405


class TestRotate:
    @pytest.mark.fidelity("oauth.keys.overlap")
    async def test_publishes_first_signs_later_and_keeps_the_old_one(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The new key signs once nobody's copy of the list is older than it; the old one goes
        when its last token has expired.
        """
        old = key_id(await token_of(server))
        async with server.database.unit() as uow:
            new = (await server.keys.rotate(uow)).id
        await server.load_keys()
        before = key_id(await token_of(server)), await published(server)

        await clock.advance(timedelta(minutes=5) - timedelta(seconds=1))
        last_of_old = await token_of(server)
        await clock.advance(timedelta(seconds=1))
        first_of_new = await token_of(server)
        verifier = server.verifier(clock)
        await clock.advance(timedelta(hours=1) - timedelta(seconds=2))
        verifier.verify(last_of_old)
        verifier.verify(first_of_new)
        at_the_end = await published(server)
        await clock.advance(timedelta(seconds=2))

        assert before == (old, [old, new])
        assert (key_id(last_of_old), key_id(first_of_new)) == (old, new)
        assert at_the_end == [old, new]
        assert await published(server) == [new]
        with pytest.raises(Unauthenticated):
            verifier.verify(last_of_old)

    async def test_at_once_signs_at_once(self, server: AuthorizationServer) -> None:
        """
        After a leak the new key signs without delay.
        """
        async with server.database.unit() as uow:
            new = (await server.keys.rotate(uow, at_once=True)).id
        await server.load_keys()

        token = await token_of(server)

        assert key_id(token) == new
        assert kinds(uow.facts) == ["oauth.keys_rotated"]

    async def test_forgets_keys_that_verify_nothing(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Two rotations a day apart leave two rows, not three.
        """
        for _ in range(3):
            async with server.database.unit() as uow:
                await server.keys.rotate(uow)
            await clock.advance(timedelta(days=1))

        async with server.database.read() as reader:
            kept = await reader.value("SELECT count(*) FROM oauth_keys")

        assert kept == 2

    async def test_is_heard_through_a_fact_without_secrets(
        self, server: AuthorizationServer
    ) -> None:
        """
        The fact names the key and when it signs, and nothing else.
        """
        async with server.database.unit() as uow:
            new = await server.keys.rotate(uow)

        kind, body = (await facts(server.database))[-1]
        assert kind == "oauth.keys_rotated"
        assert body == (
            f'{{"employer_id":null,"key_id":"{new.id}","algorithm":"ES256",'
            '"signs_from":"2026-03-02T09:05:00Z"}'
        )

    async def test_runs_on_every_database(
        self, database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
    ) -> None:
        """
        Rows come back equal from both kinds of database.
        """
        keys = Keys(seal=seal, entropy=entropy)
        async with database.unit() as uow:
            await keys.prepare(uow)
            await keys.prepare(uow)
            new = await keys.rotate(uow)

        async with database.read() as reader:
            old, found = await store.keys(reader, clock.now())
        ring = KeyRing(clock, seal)
        async with database.read() as reader:
            await ring.load(reader)
        assert found == new
        assert old.published_until == clock.now() + timedelta(hours=1, minutes=5)
        assert ring.find(old.id) is not None


class TestSealed:
    async def test_private_parts_are_not_in_the_database(
        self, server: AuthorizationServer, seal: Seal
    ) -> None:
        """
        The row opens only under the secret, and not under another key's name.
        """
        (key,) = await _rows(server)
        plain = seal.open(key.id, key.sealed)
        private = ECKey.import_key(plain).as_dict(private=True)["d"]
        assert isinstance(private, str)

        assert urlsafe_b64encode(key.sealed).decode().find(private) == -1
        assert repr(key).find("sealed") == -1
        with pytest.raises(SealedOtherwise):
            Seal(OTHER_SECRET, SystemEntropy()).open(key.id, key.sealed)
        with pytest.raises(SealedOtherwise):
            seal.open("0" * 32, key.sealed)
        with pytest.raises(SealedOtherwise):
            seal.open(key.id, key.sealed[:-1] + bytes([key.sealed[-1] ^ 1]))
        with pytest.raises(SealedOtherwise):
            seal.open(key.id, b"")

    async def test_under_another_secret_are_refused_at_the_start(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A server with the wrong secret says so, and keeps no key.
        """
        ring = KeyRing(clock, Seal(OTHER_SECRET, SystemEntropy()))

        with pytest.raises(SealedOtherwise) as refusal:
            async with server.database.read() as reader:
                await ring.load(reader)

        assert "sealed with another secret" in str(refusal.value)
        assert ring.public() == {"keys": []}
        with pytest.raises(NoSigningKey):
            ring.sign("ES256", "at+jwt", b"{}")

    def test_need_a_secret_that_is_one(self) -> None:
        """
        A short secret is refused.
        """
        with pytest.raises(WeakKeysSecret):
            Seal("x" * 15, SystemEntropy())

    def test_pairs_differ(self) -> None:
        """
        Each key has numbers of its own, and signs.
        """
        entropy = SystemEntropy()

        pairs = [KeyPair.es256(entropy) for _ in range(3)]

        assert len({pair.public for pair in pairs}) == 3
        assert len({pair.id for pair in pairs}) == 3
        assert repr(pairs[0].private) not in repr(pairs[0])


class TestWatch:
    async def test_reads_again_when_a_key_was_asked_for_in_vain(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A key that another server made is had after one refusal, and strangers' key ids
        cause no more than one look every few seconds.
        """
        watching = asyncio.create_task(server.ring.watch(server.database))
        async with server.database.unit() as uow:
            new = (await server.keys.rotate(uow, at_once=True)).id
        first = server.ring.find(new)
        await _turns()
        second = server.ring.find(new)

        async with server.database.unit() as uow:
            newer = (await server.keys.rotate(uow, at_once=True)).id
        found = []
        for _ in range(2):
            found.append(server.ring.find(newer))
            await _turns()
        too_soon = server.ring.find(newer)
        await clock.advance(timedelta(seconds=RELOADS_EVERY_S))
        await _turns()
        at_last = server.ring.find(newer)

        watching.cancel()
        assert (first, second is not None) == (None, True)
        assert (found, too_soon) == ([None, None], None)
        assert at_last is not None


async def _rows(server: AuthorizationServer) -> list[StoredKey]:
    async with server.database.read() as reader:
        return await store.keys(reader, server.ring._clock.now())


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
