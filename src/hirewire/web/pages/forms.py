"""The forms that pages send back: form-encoded, in UTF-8, and bounded."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from hirewire.web.pages.errors import BadForm, FormTooLarge

LARGEST: Final = 65_536
MOST_FIELDS: Final = 1000

_FORM: Final = "application/x-www-form-urlencoded"
_BROKEN_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# NUL has no place in a database's text, and half a character none in UTF-8.
_UNCLEAN: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Form:
    """What a person filled in; it may hold a password, so it never shows itself."""

    pairs: tuple[tuple[str, str], ...] = field(repr=False)

    def one(self, name: str) -> str:
        """
        Return the value of a field, "" where it was not sent.

        Raises:
            BadForm: it was sent more than once.
        """
        values = self.all(name)
        if len(values) > 1:
            raise BadForm(reason=f"The form says {name!r} more than once.")
        return values[0] if values else ""

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a field, such as those of ticked boxes, in their order."""
        return tuple(value for given, value in self.pairs if given == name)


async def read_form(request: Request, *, largest: int = LARGEST) -> Form:
    """
    Read the form of *request*.

    Raises:
        BadForm: it is no form, encoded in another way, or malformed.
        FormTooLarge: it has more than *largest* bytes.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM:
        raise BadForm(reason=f"This page takes forms only, as {_FORM}.")
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BadForm(
            reason="The Content-Encoding is none that is read here: send the form as it is."
        )
    body = await _body(request, largest)
    try:
        text = body.decode("ascii")
        if _BROKEN_PERCENT.search(text):
            raise _malformed()
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise _malformed() from None
    if any(_UNCLEAN.search(name) or _UNCLEAN.search(value) for name, value in pairs):
        raise _malformed()
    return Form(tuple(pairs))


async def _body(request: Request, largest: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise FormTooLarge(largest_bytes=largest)
    return bytes(body)


def _malformed() -> BadForm:
    return BadForm(reason="The form is malformed.")
