"""The texts of codes and refresh tokens: drawn, digested, and sealed for who holds another."""

import hashlib
import hmac
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hirewire.kit.entropy import Entropy

_SIZE: Final = 32
_PURPOSE: Final = b"hirewire refresh token successor"
# Each key seals one text and no other, so that its nonce need not be drawn.
_NONCE: Final = bytes(12)


def new_text(entropy: Entropy) -> str:
    """Draw a code or a refresh token of 256 bits."""
    return entropy.token(_SIZE).hex()


def digest(text: str) -> bytes:
    """Digest a text for the database; 256 random bits need no slow hash."""
    return hashlib.sha256(text.encode()).digest()


def seal_successor(text: str, successor: str) -> bytes:
    """Seal *successor* so that only who holds *text* can open it."""
    return _cipher(text).encrypt(_NONCE, bytes.fromhex(successor), None)


def open_successor(text: str, sealed: bytes) -> str:
    """Open what `seal_successor` sealed under the same *text*."""
    return _cipher(text).decrypt(_NONCE, sealed, None).hex()


def _cipher(text: str) -> AESGCM:
    return AESGCM(hmac.digest(text.encode(), _PURPOSE, "sha256"))
