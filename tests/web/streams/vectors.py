"""Framing vectors: every text that could break a frame."""

from typing import Final

LARGE: Final = "0123456789abcde\u2028" * 65_536
"""Sixteen characters to a line, a MiB of characters."""

DATA: Final = {
    "CR": ("a\rb", "a\nb"),
    "LF": ("a\nb", "a\nb"),
    "CRLF": ("a\r\nb", "a\nb"),
    "CR CR LF LF": ("\r\r\n\n", "\n\n\n"),
    "a break at each end": ("\na\r", "\na\n"),
    "U+2028": ("a\u2028b", "a\u2028b"),
    "U+2029": ("a\u2029b", "a\u2029b"),
    "U+0085": ("a\x85b", "a\x85b"),
    "VT, FF, FS": ("a\x0b\x0c\x1cb", "a\x0b\x0c\x1cb"),
    "BOM at the start": ("\ufeffa", "\ufeffa"),
    "BOM alone": ("\ufeff", "\ufeff"),
    "a colon first": (": a", ": a"),
    "a space first": (" a", " a"),
    "a field": ("data: x\nid: 1\n\nevent: y", "data: x\nid: 1\n\nevent: y"),
    "astral": ("\U0001f600", "\U0001f600"),
    "nothing": ("", ""),
    "a MiB": (LARGE, LARGE),
}
"""Each text as it is written, and as it is read: a line break in it is told as LF."""
