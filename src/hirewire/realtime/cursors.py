"""
Cursors: places in the log as clients carry them, the same on every node.

A cursor is 48 characters: base64url of version, epoch, second of minting, position, and the
first ten bytes of an HMAC over all that. The position is one AES block, so that ids do not
tell how much is said at other employers; the epoch names one database's log.
"""

import hmac
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hirewire.kit.clock import EPOCH, Clock
from hirewire.kit.facts import Position
from hirewire.realtime.errors import CursorExpired, UnknownCursor

LONGEST_AGE: Final = timedelta(hours=24)

_VERSION: Final = 1
_PURPOSE: Final = b"real-time cursors"
_SALT: Final = b"hirewire"
_KEY_SIZE: Final = 32
_MASK_KEY_SIZE: Final = 16
_MAC_SIZE: Final = 10
_SECOND: Final = timedelta(seconds=1)
_WHEN_BYTES: Final = 5
_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]{48}", re.ASCII)
_PLACE: Final = struct.Struct(">QQ")
_BODY: Final = struct.Struct(f">BI{_WHEN_BYTES}s{_PLACE.size}s")


@dataclass(frozen=True, slots=True)
class Cursor:
    """All up to and with *position* was seen, by somebody who had it at *minted_at*."""

    position: Position
    minted_at: datetime


class Cursors:
    """Mints and reads the cursors of the log that *epoch* names, with keys from *secret*."""

    def __init__(self, secret: str, epoch: int, clock: Clock) -> None:
        size = _KEY_SIZE + _MASK_KEY_SIZE
        derive = HKDF(algorithm=SHA256(), length=size, salt=_SALT, info=_PURPOSE)
        keys = derive.derive(secret.encode())
        self._key = keys[:_KEY_SIZE]
        # A single block under a key of its own, below a MAC: no mode could add anything.
        mask = Cipher(algorithms.AES(keys[_KEY_SIZE:]), modes.ECB())  # noqa: S305
        self._hide = mask.encryptor().update
        self._show = mask.decryptor().update
        self._clock = clock
        self._epoch = epoch

    def start_over(self, epoch: int) -> None:
        """Know only cursors of another log from now on."""
        self._epoch = epoch

    def mint(self, position: Position, at: datetime | None = None) -> str:
        """Write down a place in the log, as of *at*, or of now."""
        minted_s = ((at or self._clock.now()) - EPOCH) // _SECOND
        when = minted_s.to_bytes(_WHEN_BYTES, "big")
        place = self._hide(_PLACE.pack(position.tx, position.seq))
        body = _BODY.pack(_VERSION, self._epoch, when, place)
        return urlsafe_b64encode(body + self._mac(body)).decode()

    def read(self, text: str) -> Cursor:
        """
        Read what `mint` wrote.

        Raises:
            UnknownCursor: *text* is none of this log's.
            CursorExpired: it is older than what is kept to be replayed.
        """
        if _SHAPE.fullmatch(text) is None:
            raise UnknownCursor
        raw = urlsafe_b64decode(text)
        body, mac = raw[:-_MAC_SIZE], raw[-_MAC_SIZE:]
        version, epoch, when, place = _BODY.unpack(body)
        if not hmac.compare_digest(mac, self._mac(body)):
            raise UnknownCursor
        if (version, epoch) != (_VERSION, self._epoch):
            raise UnknownCursor
        minted_at = EPOCH + int.from_bytes(when, "big") * _SECOND
        if self.is_too_old(minted_at):
            raise CursorExpired
        return Cursor(Position(*_PLACE.unpack(self._show(place))), minted_at)

    def is_too_old(self, minted_at: datetime) -> bool:
        """Whether what came after *minted_at* may be gone from the log."""
        return self._clock.now() - minted_at > LONGEST_AGE

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, body, "sha256")[:_MAC_SIZE]
