"""What somebody has written so far on a page, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final, Self, TypeAlias

from hirewire.conversations.errors import BadMessageText, IdempotencyKeyReused
from hirewire.web import errors
from hirewire.web.pages import Form
from hirewire.web.rate_limits import TooManyRequests

Refusal: TypeAlias = BadMessageText | IdempotencyKeyReused | TooManyRequests

_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Written:
    """
    The *text* in the form, what is *wrong* with it, and which message it replaces.

    *come_back* is the header that says when to send it again, where that would help.
    """

    text: str = field(default="", repr=False)
    wrong: str = ""
    status: int = _OK
    edited: str = ""
    once: str = ""
    come_back: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def refused(cls, refusal: Refusal, *, text: str, edited: str, once: str) -> Self:
        """Keep what was refused in the form; one that is used up can be sent as another."""
        kept = "" if isinstance(refusal, IdempotencyKeyReused) else once
        status, come_back = errors.status(refusal), errors.come_back(refusal)
        return cls(text, in_words(refusal), status, edited, kept, come_back)


def typed(form: Form) -> str:
    """
    Read the text of a message as it was typed.

    Browsers send every end of a line as CR LF (HTML, "Converting an entry list to a list of
    name-value pairs"), which nobody typed: what is sent back as it was shown stays the same,
    and counts no more characters.
    """
    return form.one("text").replace("\r\n", "\n")


def in_words(refusal: Refusal) -> str:
    """Tell a person why something cannot be sent."""
    if isinstance(refusal, TooManyRequests):
        return f"You wrote a lot just now. Try again in {ceil(refusal.retry_after_s)} s."
    if isinstance(refusal, IdempotencyKeyReused):
        return "You sent something else by this form before. Send this, too, if you mean to."
    if refusal.length > refusal.limit:
        return f"A message has at most {refusal.limit:,} characters; this one has more."
    return "Write something first."
