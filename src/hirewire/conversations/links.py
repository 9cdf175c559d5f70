"""Tokens of links: whoever holds one is the candidate of a thread; only digests are kept."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from hirewire.kit.entropy import Entropy

_BYTES: Final = 24


def draw(entropy: Entropy) -> str:
    """Draw a token that nobody can guess."""
    return base64.urlsafe_b64encode(entropy.token(_BYTES)).decode()


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True)
class MailedLinks:
    """
    Derives the tokens that leave by mail, to pages of a server at *base_url*.

    A mail is composed later than it is called for, and maybe more than once. What is kept with
    it names a link; the token follows from that under a key from the server's *secret*, so that
    neither the database nor the secret alone opens a thread.
    """

    base_url: str
    secret: str = field(repr=False)

    def token(self, link_id: UUID) -> str:
        """Derive the token of a link; it looks as if it was drawn."""
        key = hmac.digest(self.secret.encode(), b"hirewire conversation links", hashlib.sha256)
        derived = hmac.digest(key, link_id.bytes, hashlib.sha256)
        return base64.urlsafe_b64encode(derived[:_BYTES]).decode()

    def url(self, token: str) -> str:
        """Return where the page of a token's thread is."""
        return f"{self.base_url}/conversations/{token}"
