"""Signing keys: when one signs, until when it is published, and how one is made."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from hirewire.kit.entropy import Entropy
from hirewire.kit.rsa import MakeRsaKey

ES256: Final = "ES256"
"""What access tokens are signed with."""

RS256: Final = "RS256"
"""What ID tokens are signed with: the one algorithm that every OpenID Connect client knows."""

ALGORITHMS: Final = (ES256, RS256)

_KEY_ID_SIZE: Final = 16
_ORDER_OF_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_EXTRA_RANDOM_SIZE: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """
    A signing key as the database has it: its public part, and its private part *sealed*.

    It signs from *signs_from* until a newer one does, and is published from its making until
    *published_until*, None while no newer one exists.
    """

    id: str
    algorithm: str
    public: bytes
    sealed: bytes = field(repr=False)
    created_at: datetime
    signs_from: datetime
    published_until: datetime | None = None

    def is_published(self, at: datetime) -> bool:
        """Tell whether tokens of this key are good at the moment *at*."""
        return self.published_until is None or at < self.published_until


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key of *algorithm*: its id, and both parts in DER."""

    id: str
    algorithm: str
    public: bytes
    private: bytes = field(repr=False)

    @classmethod
    def es256(cls, entropy: Entropy) -> Self:
        """Make a key on P-256, its number drawn as FIPS 186-5, section A.2.1, has it."""
        drawn = int.from_bytes(entropy.token(_EXTRA_RANDOM_SIZE), "big")
        key = ec.derive_private_key(drawn % (_ORDER_OF_P256 - 1) + 1, ec.SECP256R1())
        private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return cls(_new_id(entropy), ES256, _public(private), private)

    @classmethod
    def rs256(cls, entropy: Entropy, make: MakeRsaKey) -> Self:
        """Make an RSA key; takes too long for an event loop, and for a unit of work."""
        private = make()
        return cls(_new_id(entropy), RS256, _public(private), private)


def signer_at(keys: Iterable[StoredKey], algorithm: str, at: datetime) -> StoredKey | None:
    """Choose the key that signs at the moment *at*: the newest whose time has come."""
    ready = [
        key
        for key in keys
        if key.algorithm == algorithm and key.signs_from <= at and key.is_published(at)
    ]
    return max(ready, key=_seniority, default=None)


def _new_id(entropy: Entropy) -> str:
    return entropy.token(_KEY_ID_SIZE).hex()


def _public(private: bytes) -> bytes:
    """Work out the public part of a key that we made just now."""
    key = load_der_private_key(private, None, unsafe_skip_rsa_key_validation=True)
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _seniority(key: StoredKey) -> tuple[datetime, bool, str]:
    """Of two that may sign from the same moment on, the one that was not superseded does."""
    return key.signs_from, key.published_until is None, key.id
