"""Signing keys: made, sealed, published, rotated with overlap, and read again."""

import asyncio
import json
import sqlite3
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Final, NoReturn

import msgspec
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

from hirewire.kit.caller import Unauthenticated
from hirewire.kit.clock import MovableClock
from hirewire.kit.entropy import SeededEntropy, SystemEntropy
from hirewire.oauth import store
from hirewire.oauth.errors import NoSigningKey, SealedOtherwise, WeakKeysSecret
from hirewire.oauth.keyring import RELOADS_EVERY_S, KeyRing
from hirewire.oauth.model import ES256, RS256, KeyPair, StoredKey
from hirewire.oauth.readiness import ready_keys
from hirewire.oauth.sealing import Seal
from hirewire.oauth.service import Keys
from hirewire.runtime.db.database import Database
from tests.accounts.world import facts
from tests.oauth.world import AuthorizationServer, an_rsa_key

KEYS: Final = "/.well-known/keys"
OTHER_SECRET: Final = "another secret of the tests"


async def token_of(server: AuthorizationServer) -> str:
    """Get a token."""
    return str((await server.ask()).json()["access_token"])


def key_id(token: str) -> str:
    """Read which key signed a token."""
    return str(jws.extract_compact(token.encode()).headers()["kid"])


async def published(server: AuthorizationServer, algorithm: str = ES256) -> list[str]:
    """List the ids of the published keys of *algorithm*."""
    keys = (await server.http.get(KEYS)).json()["keys"]
    return [key["kid"] for key in keys if key["alg"] == algorithm]


async def rotated(
    server: AuthorizationServer, algorithm: str = ES256, *, at_once: bool = False
) -> StoredKey:
    """Rotate the key of *algorithm*."""
    pairs = await server.keys.make([algorithm])
    async with server.database.unit() as uow:
        (key,) = await server.keys.rotate(uow, pairs, at_once=at_once)
    return key


def id_token(server: AuthorizationServer) -> str:
    """Have something signed as an ID token is."""
    return server.ring.sign(RS256, "JWT", b'{"aud":"somebody"}')


class TestPublished:
    @pytest.mark.fidelity("oauth.keys.jwks")
    async def test_keys_verify_our_tokens(self, server: AuthorizationServer) -> None:
        """
        Whoever reads the JWK set can verify a token, and sees no private part.
        """
        token = await token_of(server)

        response = await server.http.get(KEYS)

        key, for_id_tokens = response.json()["keys"]
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
        assert sorted(for_id_tokens) == ["alg", "e", "kid", "kty", "n", "use"]
        assert (for_id_tokens["kty"], for_id_tokens["alg"]) == ("RSA", "RS256")
        assert key["kid"] == key_id(token)
        verified = jws.deserialize_compact(token, ECKey.import_key(key), algorithms=["ES256"])
        assert json.loads(verified.payload)["azp"] == server.world.app.id

    @pytest.mark.fidelity("oauth.keys.rs256")
    async def test_keys_verify_our_id_tokens(self, server: AuthorizationServer) -> None:
        """
        What is signed with RS256 verifies with the RSA key that it names.
        """
        token = id_token(server)

        _, key = (await server.http.get(KEYS)).json()["keys"]

        verified = jws.deserialize_compact(token, RSAKey.import_key(key), algorithms=[RS256])
        assert verified.headers() == {"alg": "RS256", "typ": "JWT", "kid": key["kid"]}
        assert verified.payload == b'{"aud":"somebody"}'

    async def test_no_id_token_is_an_access_token(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        A key of the ring signed it, yet its type is another (RFC 9068, section 4).
        """
        with pytest.raises(Unauthenticated, match="was not issued here"):
            server.verifier(clock).verify(id_token(server))

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
        new = (await rotated(server)).id
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

    @pytest.mark.fidelity("oauth.keys.overlap")
    async def test_id_tokens_stay_good_across_a_rotation(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        The RSA key is rotated as the other is, and by itself.
        """
        old, others = key_id(id_token(server)), await published(server)
        new = (await rotated(server, RS256)).id
        await server.load_keys()

        await clock.advance(timedelta(minutes=5) - timedelta(seconds=1))
        last_of_old = key_id(id_token(server))
        await clock.advance(timedelta(seconds=1))
        first_of_new = key_id(id_token(server))
        await clock.advance(timedelta(hours=1) - timedelta(seconds=1))
        at_the_end = await published(server, RS256)
        await clock.advance(timedelta(seconds=1))

        assert (last_of_old, first_of_new) == (old, new)
        assert at_the_end == [old, new]
        assert await published(server, RS256) == [new]
        assert await published(server) == others

    async def test_at_once_signs_at_once(self, server: AuthorizationServer) -> None:
        """
        After a leak the new key signs without delay.
        """
        new = (await rotated(server, at_once=True)).id
        await server.load_keys()

        token = await token_of(server)

        assert key_id(token) == new

    @pytest.mark.parametrize("algorithm", [ES256, RS256])
    async def test_at_once_outranks_a_rotation_that_is_under_way(
        self, server: AuthorizationServer, clock: MovableClock, algorithm: str
    ) -> None:
        """
        A key that was published and did not sign yet never does; the other kind's does.
        """
        pending = await rotated(server, algorithm)
        others = await rotated(server, RS256 if algorithm == ES256 else ES256)
        await clock.advance(timedelta(minutes=1))

        new = await rotated(server, algorithm, at_once=True)
        await server.load_keys()
        signers = []
        for minutes in (0, 3, 1, 30):
            await clock.advance(timedelta(minutes=minutes))
            signers.append(key_id(server.ring.sign(algorithm, "JWT", b"{}")))

        assert signers == [new.id] * 4
        assert pending.id not in await published(server, algorithm)
        assert key_id(server.ring.sign(others.algorithm, "JWT", b"{}")) == others.id

    async def test_forgets_keys_that_verify_nothing(
        self, server: AuthorizationServer, clock: MovableClock
    ) -> None:
        """
        Rotations a day apart leave the current key and the one before, not four.
        """
        for _ in range(3):
            await rotated(server)
            await clock.advance(timedelta(days=1))

        async with server.database.read() as reader:
            kept = await reader.value(
                "SELECT count(*) FROM oauth_keys WHERE algorithm = 'ES256'"
            )

        assert kept == 2

    async def test_is_heard_through_a_fact_without_secrets(
        self, server: AuthorizationServer
    ) -> None:
        """
        The fact names the key and when it signs, and nothing else.
        """
        new = await rotated(server)

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
        keys = Keys(seal=seal, entropy=entropy, make_rsa=an_rsa_key)
        ring = KeyRing(clock, seal)
        await ready_keys(database, keys, ring)
        await ready_keys(database, keys, ring)
        pairs = await keys.make()
        async with database.unit() as uow:
            new = await keys.rotate(uow, pairs)

        async with database.read() as reader:
            *old, es256, rs256 = await store.keys(reader, clock.now())
            await ring.load(reader)
        assert sorted([es256, rs256], key=lambda key: key.algorithm) == new
        assert {key.algorithm for key in old} == {"ES256", "RS256"}
        assert [key.published_until for key in old] == [
            clock.now() + timedelta(hours=1, minutes=5)
        ] * 2
        assert ring.find(old[0].id) is not None
        assert ring.find(old[1].id) is not None


class TestReady:
    async def test_gives_an_older_database_the_key_that_it_lacks(
        self, sqlite_database: Database, clock: MovableClock, entropy: SeededEntropy, seal: Seal
    ) -> None:
        """
        A database of a version that signed nothing but access tokens keeps its key.
        """
        keys = Keys(seal=seal, entropy=entropy, make_rsa=an_rsa_key)
        pairs = await keys.make([ES256])
        async with sqlite_database.unit() as uow:
            await keys.prepare(uow, pairs)
        ring = KeyRing(clock, seal)

        await ready_keys(sqlite_database, keys, ring)

        assert [key["alg"] for key in _public(ring)] == [ES256, RS256]
        assert _public(ring)[0]["kid"] == pairs[0].id
        assert ring.missing() == []

    async def test_makes_no_second_key(self, server: AuthorizationServer) -> None:
        """
        A start that finds keys of each algorithm changes nothing, and neither does one that
        another server was quicker than.
        """
        before = await _rows(server)
        pairs = await server.keys.make()

        await ready_keys(server.database, server.keys, server.ring)
        async with server.database.unit() as uow:
            await server.keys.prepare(uow, pairs)

        assert await _rows(server) == before
        assert uow.facts == []


class TestSealed:
    async def test_private_parts_are_not_in_the_database(
        self, server: AuthorizationServer, seal: Seal
    ) -> None:
        """
        The row opens only under the secret, and not under another key's name.
        """
        key, _ = await _rows(server)
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

    async def test_rsa_keys_are_sealed_likewise(
        self, server: AuthorizationServer, seal: Seal
    ) -> None:
        """
        The key that signs ID tokens is no more in the database than the other.
        """
        _, key = await _rows(server)

        plain = seal.open(key.id, key.sealed)

        assert plain == an_rsa_key()
        assert plain[64:96] not in key.sealed

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
        new = (await rotated(server, at_once=True)).id
        first = server.ring.find(new)
        await _turns()
        second = server.ring.find(new)

        newer = (await rotated(server, at_once=True)).id
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

    async def test_goes_on_with_what_it_has_while_the_database_is_away(
        self,
        server: AuthorizationServer,
        clock: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """
        A look that fails takes no key away, and is made again a few seconds later.
        """
        watching = asyncio.create_task(server.ring.watch(server.database))
        old = _public(server.ring)[0]["kid"]
        new = (await rotated(server, at_once=True)).id
        with monkeypatch.context() as outage:
            outage.setattr(server.database, "read", _away)
            server.ring.find(new)
            await _turns()
            still = server.ring.find(old)
        await clock.advance(timedelta(seconds=RELOADS_EVERY_S))
        await _turns()
        at_last = server.ring.find(new)

        is_over = watching.done()
        watching.cancel()
        assert (still is not None, at_last is not None, is_over) == (True, True, False)


def _away() -> NoReturn:
    msg = "disk I/O error"
    raise sqlite3.OperationalError(msg)


def _public(ring: KeyRing) -> list[dict[str, str]]:
    return msgspec.convert(ring.public()["keys"], list[dict[str, str]])


async def _rows(server: AuthorizationServer) -> list[StoredKey]:
    async with server.database.read() as reader:
        found = await store.keys(reader, server.ring._clock.now())
    return sorted(found, key=lambda key: key.algorithm)


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)
