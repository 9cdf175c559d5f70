"""
The links in verification mails: who they are for and until when, under a signature.

Nothing about them is stored. A link is used up with what it does, as an address is verified
once; and it does that only for whoever is signed in to the account: somebody who reads mail to
an address, and did not sign up with it, must not verify it for a stranger who did.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from hirewire.accounts.addresses import email_key
from hirewire.accounts.model import Person
from hirewire.kit.clock import EPOCH

PATH: Final = "/verify-email"
LIFETIME: Final = timedelta(days=2)

_ID: Final = 16
_TIME: Final = 8
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads links to a server at *base_url*, under a key from its *secret*."""

    base_url: str
    secret: str = field(repr=False)

    def url(self, person: Person, written_at: datetime) -> str:
        """Make the link that verifies the address which *person* has now."""
        expires = (written_at + LIFETIME - EPOCH) // _SECOND
        said = person.id.bytes + expires.to_bytes(_TIME, "big")
        token = base64.urlsafe_b64encode(said + self._signature(said, person)).decode()
        return f"{self.base_url}{PATH}?{urlencode({'token': token.rstrip('=')})}"

    def is_good(self, token: str, person: Person, now: datetime) -> bool:
        """Tell whether *token* was made for *person* as they are, and is not too old."""
        raw = _decoded(token)
        said, signature = raw[: _ID + _TIME], raw[_ID + _TIME :]
        if not hmac.compare_digest(signature, self._signature(said, person)):
            return False
        expires = EPOCH + int.from_bytes(said[_ID:], "big") * _SECOND
        return UUID(bytes=said[:_ID]) == person.id and now < expires

    def _signature(self, said: bytes, person: Person) -> bytes:
        """Sign with a key for nothing else; the address is signed along, and not shown."""
        key = hmac.new(self.secret.encode(), b"hirewire verify-email", hashlib.sha256).digest()
        signed = said + email_key(person.email).encode()
        return hmac.new(key, signed, hashlib.sha256).digest()


def _decoded(token: str) -> bytes:
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
