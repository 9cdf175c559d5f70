"""Sealing: private keys are kept encrypted, with a key that only the settings lead to."""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hirewire.kit.entropy import Entropy
from hirewire.oauth.errors import SealedOtherwise, WeakKeysSecret

SHORTEST_SECRET: Final = 16

_NONCE_SIZE: Final = 12
_SALT: Final = b"hirewire"
_PURPOSE: Final = b"oauth signing keys"


class Seal:
    """
    AES-256-GCM under a key derived from *secret*; each sealed key is bound to its id.

    Raises:
        WeakKeysSecret: the secret is too short.
    """

    def __init__(self, secret: str, entropy: Entropy) -> None:
        if len(secret) < SHORTEST_SECRET:
            raise WeakKeysSecret(shortest=SHORTEST_SECRET)
        derive = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=_PURPOSE)
        self._cipher = AESGCM(derive.derive(secret.encode()))
        self._entropy = entropy

    def close(self, key_id: str, plain: bytes) -> bytes:
        """Seal *plain* as the private part of *key_id*."""
        nonce = self._entropy.token(_NONCE_SIZE)
        return nonce + self._cipher.encrypt(nonce, plain, key_id.encode())

    def open(self, key_id: str, sealed: bytes) -> bytes:
        """
        Open what `close` sealed for *key_id*.

        Raises:
            SealedOtherwise: the secret or the key id is another one, or the bytes changed.
        """
        nonce, hidden = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
        try:
            return self._cipher.decrypt(nonce, hidden, key_id.encode())
        except (InvalidTag, ValueError):
            raise SealedOtherwise(key_id=key_id) from None
