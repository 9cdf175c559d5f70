"""
Reading an event stream as the HTML standard says, and noting what a reader would stumble over.

The rules are those of section 9.2.6, "Interpreting an event stream". What they allow is never
noted: CR, LF and CRLF, comments, unknown fields, no space behind a colon, a byte order mark.
"""

import codecs
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_BOM: Final = "\ufeff"


class Flaw(StrEnum):
    """What readers ignore, replace or take for something else."""

    NOT_UTF8 = "bytes that are not UTF-8"
    NUL_IN_ID = "an id with NUL, which readers ignore"
    BAD_RETRY = "a retry that is not digits, which readers ignore"
    MERGED = "an event with two `event` or `id` fields: an empty line is missing"


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event as a reader dispatches it.

    *last_id* is the id it leaves the reader with, *own_id* the one in its own fields.
    """

    type: str
    data: str
    last_id: str
    own_id: str | None = None
    retry_ms: int | None = None


@dataclass(slots=True)
class Reader:
    """The state of a reader of one stream, fed with its bytes as they come."""

    last_id: str = ""
    retry_ms: int | None = None
    has_bom: bool = False
    comments: int = 0
    flaws: set[Flaw] = field(default_factory=set)
    _rest: str = ""
    _was_cr: bool = False
    _has_begun: bool = False
    _fields: list[tuple[str, str]] = field(default_factory=list)
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("replace")
    )
    _strict: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8")("strict")
    )

    @property
    def is_between_events(self) -> bool:
        """Tell whether all that came was ended by an empty line."""
        return not self._fields and not self._rest

    def feed(self, part: bytes) -> list[Event]:
        """Take the next bytes, and return the events that they complete."""
        self._check_utf8(part)
        text = self._decoder.decode(part)
        if not text:
            return []
        if not self._has_begun:
            self._has_begun = True
            self.has_bom = text.startswith(_BOM)
            text = text.removeprefix(_BOM)
        return [event for line in self._lines(text) if (event := self._line(line)) is not None]

    def _check_utf8(self, part: bytes) -> None:
        try:
            self._strict.decode(part)
        except UnicodeDecodeError:
            self.flaws.add(Flaw.NOT_UTF8)
            self._strict.reset()

    def _lines(self, text: str) -> list[str]:
        """Take whole lines off; a CR ends one at once, and an LF behind it is no other."""
        was_cr, self._was_cr = self._was_cr, text.endswith("\r")
        if was_cr:
            text = text.removeprefix("\n")
        whole = (self._rest + text).replace("\r\n", "\n").replace("\r", "\n")
        *lines, self._rest = whole.split("\n")
        return lines

    def _line(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            self.comments += 1
            return None
        name, _, value = line.partition(":")
        self._fields.append((name, value.removeprefix(" ")))
        return None

    def _dispatch(self) -> Event | None:
        fields, self._fields = self._fields, []
        own_id, retry_ms = self._ids(fields), self._retry(fields)
        names = [name for name, _ in fields]
        if names.count("event") > 1 or names.count("id") > 1:
            self.flaws.add(Flaw.MERGED)
        data = [value for name, value in fields if name == "data"]
        types = [value for name, value in fields if name == "event"]
        if not data:
            return None
        type_ = (types[-1] if types else "") or "message"
        return Event(type_, "\n".join(data), self.last_id, own_id, retry_ms)

    def _ids(self, fields: list[tuple[str, str]]) -> str | None:
        own = None
        for value in (value for name, value in fields if name == "id"):
            if "\0" in value:
                self.flaws.add(Flaw.NUL_IN_ID)
            else:
                own = self.last_id = value
        return own

    def _retry(self, fields: list[tuple[str, str]]) -> int | None:
        own = None
        for value in (value for name, value in fields if name == "retry"):
            if value.isascii() and value.isdigit():
                own = self.retry_ms = int(value)
            else:
                self.flaws.add(Flaw.BAD_RETRY)
        return own
