"""Why a candidate's page can be refused."""

from dataclasses import dataclass
from typing import ClassVar

from hirewire.kit.refusals import HirewireError, Kind


@dataclass(eq=False)
class NoSuchThread(HirewireError):
    """A link leads to no thread, does so no more, or names none of its candidate's messages."""

    kind: ClassVar[Kind] = Kind.NOT_FOUND
    code: ClassVar[str] = "conversations.no_such_page"

    def __str__(self) -> str:
        return "There is no page at this address. Use the link of the latest mail you got."
