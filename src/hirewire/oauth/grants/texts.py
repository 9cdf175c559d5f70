"""
The texts of codes and refresh tokens: drawn, digested, and sealed for who holds another.

A refresh token begins with the id of its family, which is no secret and leads to its row.
"""

import hashlib
import hmac
import re
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hirewire.kit.entropy import Entropy

_SIZE: Final = 32
_REFRESH_TOKEN: Final = re.compile(r"(?P<family>[0-9a-f]{32})[0-9a-f]{64}")
_PURPOSE: Final = b"hirewire refresh token successor"
# Each key seals one text and no other, so that its nonce need not be drawn.
_NONCE: Final = bytes(12)


def new_code(entropy: Entropy) -> str:
    """Draw a code of 256 bits."""
    return entropy.token(_SIZE).hex()


def new_refresh_token(entropy: Entropy, family_id: UUID) -> str:
    """Draw a refresh token of 256 bits beside the id of its family."""
    return family_id.hex + entropy.token(_SIZE).hex()


def family_of(refresh_token: str) -> UUID | None:
    """Read which family a refresh token says it is of; None for what is none of ours."""
    found = _REFRESH_TOKEN.fullmatch(refresh_token)
    return None if found is None else UUID(found["family"])


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
