"""
Page cursors: the unpadded base64 of `<uuid>|<index>` (contract 2 and 8).

The uuid names the row that the cursor stands on, the index its place in the list.
"""

import re
from binascii import Error as BadBase64
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from typing import ClassVar, Final, Self
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind

_LONGEST: Final = 200
_PLAIN: Final = re.compile(
    rb"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\|(0|[1-9][0-9]{0,14})"
)


@dataclass(eq=False)
class BadCursor(HirewireError):
    """A cursor is none that we handed out (seed 001, "Invalid request")."""

    kind: ClassVar[Kind] = Kind.BAD_INPUT
    code: ClassVar[str] = "paging.bad_cursor"

    cursor: str

    def __str__(self) -> str:
        return f"Encountered issue parsing cursor '{self.cursor}'."


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the row it stands on, and how many came before it."""

    id: UUID
    index: int

    def __str__(self) -> str:
        plain = f"{self.id}|{self.index}".encode()
        return b2a_base64(plain, newline=False).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read what `str(cursor)` wrote.

        Raises:
            BadCursor: *text* is anything else.
        """
        match = _PLAIN.fullmatch(_decoded(text))
        if match is None:
            raise BadCursor(cursor=text[:_LONGEST])
        return cls(id=UUID(match[1].decode()), index=int(match[2]))


def _decoded(text: str) -> bytes:
    """Undo the base64 of *text*, padded or not; empty when it is none, or far too long."""
    if len(text) > _LONGEST:
        return b""
    bare = text.rstrip("=")
    try:
        return a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
    except (BadBase64, ValueError):
        return b""
