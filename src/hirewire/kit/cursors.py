"""
Page cursors: the unpadded base64 of `<uuid>|<index>` (contract 2 and 8).

The uuid names the row that the cursor stands on, the index its place in the list.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from typing import ClassVar, Final, Self
from uuid import UUID

from hirewire.kit.refusals import HirewireError, Kind

_LONGEST: Final = 200
_PLAIN: Final = re.compile(
    r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\|(?P<index>\d{1,15})"
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
        return urlsafe_b64encode(f"{self.id}|{self.index}".encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read what `str(cursor)` wrote.

        Raises:
            BadCursor: *text* is anything else.
        """
        try:
            padded = text + "=" * (-len(text) % 4)
            plain = urlsafe_b64decode(padded.encode("ascii")).decode("ascii")
        except (BadBase64, ValueError):
            raise BadCursor(cursor=text[:_LONGEST]) from None
        match = _PLAIN.fullmatch(plain)
        if match is None:
            raise BadCursor(cursor=text[:_LONGEST])
        return cls(id=UUID(match["id"]), index=int(match["index"]))
