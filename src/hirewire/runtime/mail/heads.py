"""
The head of a mail (RFC 5322, section 2.2), in which what people wrote stays what they wrote.

The library's headers parse the text that they are given, and decode what it holds of encoded
words (RFC 2047), line breaks included: a title could become a head, and a body, of its own.
So nothing is parsed here, and text that could be taken for anything but itself is encoded.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from email.quoprimime import header_encode
from typing import Final

from hirewire.runtime.mail.errors import MailRefused
from hirewire.runtime.mail.model import Address

_LINE: Final = 78
_MOST_BYTES: Final = 39  # In base64, and in its frame, 64: lines have 76 (RFC 2047, section 2).
_FOLD: Final = "\r\n "

_PLAIN: Final = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~ -]+", re.ASCII)
# RFC 6532, section 3.2: what is beyond ASCII belongs to an atom, too.
_DOT_ATOM: Final = re.compile(r"(?:(?:[\w!#$%&'*+/=?^`{|}~-]|[^\0-\x7f])+(?:\.(?!\Z)|\Z))+")
_BREAK: Final = re.compile(r"[\r\n\0]")


def text_value(name: str, text: str) -> str:
    """Spell *text* as what the field *name* says, whatever it looks like."""
    if _is_plain(text) and len(name) + len(": ") + len(text) <= _LINE:
        return text
    return _encoded(text)


def mailbox_value(address: Address) -> str:
    """Spell *address*, whose domain is as it goes over the wire, and the name beside it."""
    local, _, domain = address.email.rpartition("@")
    spec = f"{local if _DOT_ATOM.fullmatch(local) else _quoted(local)}@{domain}"
    if not address.name:
        return spec
    phrase = _phrase(address.name)
    gap = " " if len("From: ") + len(phrase) + len(f" <{spec}>") <= _LINE else _FOLD
    return f"{phrase}{gap}<{spec}>"


def head(fields: Iterable[tuple[str, str]]) -> str:
    """
    Write the lines of *fields*, whose values may be folded.

    Raises:
        MailRefused: one would be more than a field.
    """
    lines = []
    for name, value in fields:
        if _BREAK.search(value.replace(_FOLD, " ")):
            raise unspellable("there is a break in its " + name)
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines)


def unspellable(why: str) -> MailRefused:
    """Refuse a mail that no server ever sees, because no later try would spell it either."""
    return MailRefused(is_permanent=True, reply=None, reason=f"it cannot be spelled, {why}")


def _is_plain(text: str) -> bool:
    """Tell whether everybody reads *text* as it is: single spaces, and no encoded words."""
    return _PLAIN.fullmatch(text) is not None and "=?" not in text


def _phrase(name: str) -> str:
    if not _is_plain(name) or len(name) > _LINE // 2:
        return _encoded(name)
    return name if _ATOMS.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _encoded(text: str) -> str:
    """Encode *text* in words of whole characters (RFC 2047, section 5), one to a line."""
    return _FOLD.join(_word(each) for each in _pieces(text))


def _word(text: str) -> str:
    """Take the spelling that people can read where it is not the longer one."""
    raw = text.encode()
    readable, short = header_encode(raw, "utf-8"), f"=?utf-8?b?{b64encode(raw).decode()}?="
    return readable if len(readable) <= len(short) else short


def _pieces(text: str) -> Iterator[str]:
    begin = size = 0
    for index, letter in enumerate(text):
        length = len(letter.encode())
        if size + length > _MOST_BYTES:
            yield text[begin:index]
            begin, size = index, 0
        size += length
    yield text[begin:]
