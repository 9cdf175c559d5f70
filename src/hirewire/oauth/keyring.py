"""
The signing keys in memory: which one signs now, and which ones verify.

The ring is read anew when `oauth.keys_rotated` is heard, and when a token names a key that it
has not got; the latter at most every few seconds, whoever sends such tokens.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Final, TypeAlias

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc.jwk import ECKey, KeyParameters, RSAKey
from joserfc.util import urlsafe_b64encode

from hirewire.kit.clock import Clock
from hirewire.oauth import store
from hirewire.oauth.errors import NoSigningKey, SealedOtherwise
from hirewire.oauth.model import ALGORITHMS, ES256, RS256, StoredKey, signer_at
from hirewire.oauth.sealing import Seal
from hirewire.runtime.db import DRIVER_ERRORS, Database, Reader
from hirewire.web.bearer import VerifyingKey

RELOADS_EVERY_S: Final = 5.0

Sign: TypeAlias = Callable[[bytes], bytes]

# What an outage, or a command with another secret, must not stop a server for.
_UNREADABLE: Final[tuple[type[Exception], ...]] = (SealedOtherwise, *DRIVER_ERRORS)

_log = structlog.get_logger(area="oauth")

_SIZE_OF_P256: Final = 32
_SHA256: Final = SHA256()
_ECDSA: Final = ECDSA(_SHA256)
_PKCS1: Final = PKCS1v15()

_KEY_TYPES: Final[Mapping[str, type[ECKey] | type[RSAKey]]] = {
    ES256: ECKey,
    RS256: RSAKey,
}


@dataclass(frozen=True, slots=True)
class _Key:
    """A key with both parts ready to use: *sign* makes the signature of a JWS."""

    stored: StoredKey
    sign: Sign = field(repr=False)
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
        Read the keys that are published now, ES256 first.

        Raises:
            SealedOtherwise: the settings do not open one of them.
        """
        stored = await store.keys(reader, self._clock.now())
        stored.sort(key=lambda key: key.algorithm)
        self._keys = {key.id: self._open(key) for key in stored}

    async def watch(self, database: Database) -> None:
        """Load again whenever a key was asked for in vain; runs until it is cancelled."""
        while True:
            await self._missed.wait()
            await self.reload(database)
            await self._clock.sleep(RELOADS_EVERY_S)

    async def reload(self, database: Database) -> None:
        """Load again; where that fails go on with what there is, and let `watch` do it."""
        self._missed.clear()
        try:
            async with database.read() as reader:
                await self.load(reader)
        except _UNREADABLE as error:
            self._missed.set()
            _log.warning("keys.not_loaded", error=type(error).__name__)

    def find(self, key_id: str) -> VerifyingKey | None:
        """Find the key that verifies what *key_id* signed; None once it is not published."""
        key = self._keys.get(key_id)
        if key is None:
            self._missed.set()
            return None
        return key.verifying if key.stored.is_published(self._clock.now()) else None

    def missing(self) -> list[str]:
        """List the algorithms that there is no key to sign with."""
        return [name for name in ALGORITHMS if self._signer(name) is None]

    def sign(self, algorithm: str, type_name: str, payload: bytes) -> str:
        """
        Sign *payload* as a compact JWS with the current key of *algorithm*.

        Raises:
            NoSigningKey: there is none.
        """
        signer = self._signer(algorithm)
        if signer is None:
            raise NoSigningKey(algorithm=algorithm)
        signed = _header(algorithm, type_name, signer.id) + b"." + urlsafe_b64encode(payload)
        signature = self._keys[signer.id].sign(signed)
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

    def _signer(self, algorithm: str) -> StoredKey | None:
        stored = [key.stored for key in self._keys.values()]
        return signer_at(stored, algorithm, self._clock.now())

    def _open(self, stored: StoredKey) -> _Key:
        known = self._keys.get(stored.id)
        if known is not None and known.stored.sealed == stored.sealed:
            return replace(known, stored=stored)
        sign = _signing_with(self._seal.open(stored.id, stored.sealed))
        about: KeyParameters = {"kid": stored.id, "alg": stored.algorithm, "use": "sig"}
        public = _KEY_TYPES[stored.algorithm].import_key(stored.public, about)
        return _Key(stored, sign, VerifyingKey(stored.algorithm, public))


def _signing_with(plain: bytes) -> Sign:
    """
    Read a private key that we made, and that the seal says nobody changed.

    Whether an RSA key is one would take a twentieth of a second to check, of the event loop.
    """
    key = load_der_private_key(plain, None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, RSAPrivateKey):
        return partial(_sign_rs256, key)
    if isinstance(key, EllipticCurvePrivateKey):
        return partial(_sign_es256, key)
    msg = f"a signing key is RSA or EC, not {type(key).__name__}"
    raise TypeError(msg)


def _sign_rs256(key: RSAPrivateKey, signed: bytes) -> bytes:
    """RFC 7518, section 3.3."""
    return key.sign(signed, _PKCS1, _SHA256)


def _sign_es256(key: EllipticCurvePrivateKey, signed: bytes) -> bytes:
    """RFC 7518, section 3.4: both numbers one after the other, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(signed, _ECDSA))
    return r.to_bytes(_SIZE_OF_P256, "big") + s.to_bytes(_SIZE_OF_P256, "big")


@lru_cache(maxsize=64)
def _header(algorithm: str, type_name: str, key_id: str) -> bytes:
    """Encode a header once for all the tokens that it heads."""
    header = {"alg": algorithm, "typ": type_name, "kid": key_id}
    return urlsafe_b64encode(msgspec.json.encode(header))
