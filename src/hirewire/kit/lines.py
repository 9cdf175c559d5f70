"""Text that is to be seen, to be of one line, or to be kept: what it may be made of."""

import unicodedata
from typing import Final

_NOT_IN_LINES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Letters and a symbol for Unicode, and blank on every screen: Hangul fillers, Braille's blank.
_BLANK_LETTERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Embeddings, overrides and isolates (UAX 9, section 2): they turn around what is shown, and
# what follows them too. The marks LRM, RLM and ALM turn nothing, and are left to their users.
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def shows(text: str) -> bool:
    """Tell whether anything of *text* can be seen, in however many lines."""
    return any(
        unicodedata.category(each)[0] in "LNPS" for each in text if each not in _BLANK_LETTERS
    )


def is_line(text: str) -> bool:
    """
    Tell whether *text* can be seen, is of one line, and reads as it is written.

    No title needs control characters or lone surrogates, and no database keeps all of them.
    """
    if text.isascii() and text.isprintable():  # As nearly every text is: a look each is saved.
        return bool(text) and not text.isspace()
    if not _TURNS.isdisjoint(text):
        return False
    return shows(text) and _NOT_IN_LINES.isdisjoint(map(unicodedata.category, text))


def storable(text: str) -> str:
    """Escape in *text* what no database, or not each, keeps: lone surrogates, and NUL."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
