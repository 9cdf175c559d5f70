"""Tokens of links: whoever holds one is the candidate of a thread; only digests are kept."""

import base64
import hashlib
from typing import Final

from hirewire.kit.entropy import Entropy

_BYTES: Final = 24


def draw(entropy: Entropy) -> str:
    """Draw a token that nobody can guess."""
    return base64.urlsafe_b64encode(entropy.token(_BYTES)).decode()


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
