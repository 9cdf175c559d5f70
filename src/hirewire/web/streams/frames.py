"""
Server-sent events as bytes: each frame is encoded here, once, for all who receive it.

The wire form is that of the HTML standard's event stream. A caller's text can never add a
field, a line or an event of its own: line breaks and NUL do not enter `event` and `id`, and
a line break in `data` becomes a further `data` line, which readers join again with LF.
"""

import re
from typing import Final

LAST_CHUNK: Final = b"0\r\n\r\n"

_LINE_BREAK: Final = re.compile("\r\n|\r|\n")
_BREAKS_A_FIELD: Final = re.compile("[\r\n\0]")


def frame(
    *,
    event: str | None = None,
    data: str | None = None,
    id: str | None = None,
    retry_ms: int | None = None,
    spaced: bool = True,
) -> bytes:
    """
    Encode one event, in the order event, id, retry, data.

    With *spaced* off no space follows a colon, except before a value that itself begins with
    one, because readers drop the first space of a value.

    Raises:
        ValueError: *event* or *id* holds CR, LF or NUL, *data* holds NUL, *retry_ms* is
            negative, or the frame would be empty.
    """
    lines = []
    if event is not None:
        lines.append(_field("event", _one_line(event), spaced=spaced))
    if id is not None:
        lines.append(_field("id", _one_line(id), spaced=spaced))
    if retry_ms is not None:
        lines.append(_field("retry", _milliseconds(retry_ms), spaced=spaced))
    if data is not None:
        lines += [_field("data", part, spaced=spaced) for part in _data_lines(data)]
    if not lines:
        msg = "A frame needs at least one field."
        raise ValueError(msg)
    return ("".join(lines) + "\n").encode()


def chunk(body: bytes) -> bytes:
    """Wrap *body* as one chunk of an HTTP/1.1 chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(body), body)


def _field(name: str, value: str, *, spaced: bool) -> str:
    gap = " " if spaced or value.startswith(" ") else ""
    return f"{name}:{gap}{value}\n"


def _one_line(value: str) -> str:
    if _BREAKS_A_FIELD.search(value):
        msg = f"A field of a frame holds no CR, LF or NUL: {value!r}"
        raise ValueError(msg)
    return value


def _milliseconds(value: int) -> str:
    if value < 0:
        msg = f"A retry time is not negative: {value}"
        raise ValueError(msg)
    return str(value)


def _data_lines(data: str) -> list[str]:
    if "\0" in data:
        msg = "The data of a frame holds no NUL."
        raise ValueError(msg)
    return _LINE_BREAK.split(data)
