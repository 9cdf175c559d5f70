"""
Ids of connections: each tells, to whoever knows the key, whose connection it names.

An id is a UUID of version 8 (RFC 9562, section 5.8): 58 random bits, and 64 bits of an HMAC
(RFC 2104, section 5) over them and over who opened the stream. So any process can tell whether
a caller may renew a connection, also where another process holds it.
"""

import hmac
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hirewire.kit.caller import Caller
from hirewire.kit.entropy import Entropy
from hirewire.realtime.errors import NotYourConnection
from hirewire.web.streams.slot import Slot

_SALT: Final = b"hirewire"
_PURPOSE: Final = b"real-time connections"
_RANDOM_BITS: Final = 58
_MAC_SIZE: Final = 8
_MAC_BITS: Final = 8 * _MAC_SIZE
_VERSION_8: Final = 8 << 76
_VARIANT: Final = 2 << 62
_MIDDLE_BITS: Final = 12
_LOW_BITS: Final = 62


class ConnectionIds:
    """Mints ids under a key derived from *secret*, and tells whose they are."""

    def __init__(self, secret: str, entropy: Entropy) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=_PURPOSE)
        self._key = derive.derive(secret.encode())
        self._entropy = entropy

    def mint(self, caller: Caller) -> UUID:
        """Name a connection that *caller* opens."""
        drawn = int.from_bytes(self._entropy.token(_MAC_SIZE), "big") & (1 << _RANDOM_BITS) - 1
        return _spread(drawn << _MAC_BITS | int.from_bytes(self._mac(drawn, caller), "big"))

    def check(self, connection_id: UUID, caller: Caller) -> None:
        """
        Insist that the connection is *caller*'s: its app's, its person's, and its employer's.

        Raises:
            NotYourConnection: it is another's, or nobody's.
        """
        bits = _gathered(connection_id)
        given = (bits & (1 << _MAC_BITS) - 1).to_bytes(_MAC_SIZE, "big")
        is_whole = _spread(bits) == connection_id  # The version and the variant, too.
        if not hmac.compare_digest(self._mac(bits >> _MAC_BITS, caller), given) or not is_whole:
            raise NotYourConnection

    def _mac(self, drawn: int, caller: Caller) -> bytes:
        said = drawn.to_bytes(_MAC_SIZE, "big") + _spelled(caller)
        return hmac.digest(self._key, said, sha256)[:_MAC_SIZE]


def holders_of(connection_id: UUID, caller: Caller) -> tuple[UUID, ...]:
    """
    List the ids that hold a stream: its own, its token's, and its person's if it has one.

    An app's own stream is no person's.
    """
    person = () if caller.person_id is None else (caller.person_id,)
    return (connection_id, *caller.token_ids, *person)


def connection_of(slot: Slot) -> UUID:
    """Tell the id of a stream that was opened with `holders_of`."""
    return slot.holders[0]


def _spelled(caller: Caller) -> bytes:
    """Spell who *caller* is, whichever their token, so that no two are spelled alike."""
    ids = (caller.person_id, caller.employer_id)
    parts = [b"-" if each is None else each.hex.encode() for each in ids]
    return b"\0".join([*parts, caller.app_id.encode()])


def _spread(bits: int) -> UUID:
    """Lay 122 bits around a UUID's version and variant."""
    high = bits >> _MIDDLE_BITS + _LOW_BITS
    middle = bits >> _LOW_BITS & (1 << _MIDDLE_BITS) - 1
    low = bits & (1 << _LOW_BITS) - 1
    return UUID(int=high << 80 | _VERSION_8 | middle << 64 | _VARIANT | low)


def _gathered(name: UUID) -> int:
    """Take out of a UUID the bits that `_spread` laid into it."""
    high = name.int >> 80
    middle = name.int >> 64 & (1 << _MIDDLE_BITS) - 1
    low = name.int & (1 << _LOW_BITS) - 1
    return (high << _MIDDLE_BITS | middle) << _LOW_BITS | low
