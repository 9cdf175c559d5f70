"""What somebody has written so far on a page, and what is wrong with it."""

from dataclasses import dataclass, field
from typing import Final

from hirewire.conversations.errors import BadMessageText

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Written:
    """The *text* in the form, what is *wrong* with it, and which message it replaces."""

    text: str = field(default="", repr=False)
    wrong: str = ""
    status: int = _OK
    edited: str = ""
    once: str = ""


def in_words(refusal: BadMessageText) -> str:
    """Tell a person why a text is none."""
    if refusal.length > refusal.limit:
        return f"A message has at most {refusal.limit:,} characters; this one has more."
    return "Write something first."
