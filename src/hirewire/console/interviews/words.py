"""What the console calls statuses, media and decisions, and how it words refusals."""

import re
from collections.abc import Mapping
from typing import Final

from hirewire.interviews.model import Decision, MediaType, Status
from hirewire.kit.refusals import HirewireError

STATUSES: Final[Mapping[Status, tuple[str, str]]] = {
    Status.SCHEDULED: ("Scheduled", "info"),
    Status.IN_PROGRESS: ("In progress", "good"),
    Status.COMPLETED: ("Completed", "plain"),
    Status.CANCELED: ("Canceled", "bad"),
}
"""A word for each status, and the tone of its badge."""

MEDIA: Final[Mapping[MediaType, str]] = {
    MediaType.VIDEO: "By video",
    MediaType.PHONE: "By phone",
    MediaType.IN_PERSON: "In person",
}
DECISIONS: Final[Mapping[Decision, tuple[str, str]]] = {
    Decision.YES: ("Yes", "good"),
    Decision.MAYBE: ("Maybe", "warning"),
    Decision.NO: ("No", "bad"),
}

_PLACE: Final = re.compile(r"[A-Za-z.]+(\[\d+\])?(\.[A-Za-z]+)?: ")


def at_field(error: HirewireError) -> str:
    """Say *error* beside the field that it is about: where that is in the API is left out."""
    text = _PLACE.sub("", str(error), count=1) if _PLACE.match(str(error)) else str(error)
    return text[:1].upper() + text[1:]
