"""
The signing keys in memory: which one signs now, and which ones verify.

The ring is read anew when `oauth.keys_rotated` is heard, and when a token names a key that it
has not got; the latter at most every few seconds, whoever sends such tokens.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import msgspec
from joserfc.jwk import ECKey, KeyParameters, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from hirewire.kit.clock import Clock
from hirewire.oauth import store
from hirewire.oauth.errors import NoSigningKey
from hirewire.oauth.model import StoredKey, signer_at
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db.database import Database, Reader
from hirewire.web.bearer import VerifyingKey

RELOADS_EVERY_S: Final = 5.0

_KEY_TYPES: Final[Mapping[str, type[ECKey] | type[RSAKey]]] = {
    "ES256": ECKey,
    "RS256": RSAKey,
}


@dataclass(frozen=True, slots=True)
class _Key:
    """A key with both parts ready to use."""

    stored: StoredKey
    private: ECKey | RSAKey = field(repr=False)
    verifying: VerifyingKey


class KeyRing:
    """Holds the keys; `load` first, and again when they changed."""

    def __init__(self, clock: Clock, seal: Seal) -> None:
        self._clock = clock
        self._seal = seal
        self._keys: Mapping[str, _Key] = {}
        self._missed = asyncio.Event()

    async def load(self, reader: Reader) -> None:
        """
        Read the keys that are published now.

        Raises:
            SealedOtherwise: the settings do not open one of them.
        """
        stored = await store.keys(reader, self._clock.now())
        self._keys = {key.id: self._open(key) for key in stored}

    async def watch(self, database: Database) -> None:
        """Load again whenever a key was asked for in vain; runs until it is cancelled."""
        while True:
            await self._missed.wait()
            async with database.read() as reader:
                await self.load(reader)
            self._missed.clear()
            await self._clock.sleep(RELOADS_EVERY_S)

    def find(self, key_id: str) -> VerifyingKey | None:
        """Find the key that verifies what *key_id* signed; None once it is not published."""
        key = self._keys.get(key_id)
        if key is None:
            self._missed.set()
            return None
        return key.verifying if key.stored.is_published(self._clock.now()) else None

    def sign(self, algorithm: str, type_name: str, payload: bytes) -> str:
        """
        Sign *payload* as a compact JWS with the current key of *algorithm*.

        Raises:
            NoSigningKey: there is none.
        """
        stored = [key.stored for key in self._keys.values()]
        signer = signer_at(stored, algorithm, self._clock.now())
        if signer is None:
            raise NoSigningKey(algorithm=algorithm)
        signed = _header(algorithm, type_name, signer.id) + b"." + urlsafe_b64encode(payload)
        sign = JWSRegistry.algorithms[algorithm].sign
        signature = sign(signed, self._keys[signer.id].private)
        return (signed + b"." + urlsafe_b64encode(signature)).decode()

    def public(self) -> dict[str, object]:
        """Spell the published keys as a JWK set (RFC 7517, section 5)."""
        now = self._clock.now()
        return {
            "keys": [
                key.verifying.key.as_dict(private=False)
                for key in self._keys.values()
                if key.stored.is_published(now)
            ]
        }

    def _open(self, stored: StoredKey) -> _Key:
        key_type = _KEY_TYPES[stored.algorithm]
        private = key_type.import_key(self._seal.open(stored.id, stored.sealed))
        about: KeyParameters = {"kid": stored.id, "alg": stored.algorithm, "use": "sig"}
        public = key_type.import_key(stored.public, about)
        return _Key(stored, private, VerifyingKey(stored.algorithm, public))


@lru_cache(maxsize=64)
def _header(algorithm: str, type_name: str, key_id: str) -> bytes:
    """Encode a header once for all the tokens that it heads."""
    header = {"alg": algorithm, "typ": type_name, "kid": key_id}
    return urlsafe_b64encode(msgspec.json.encode(header))
