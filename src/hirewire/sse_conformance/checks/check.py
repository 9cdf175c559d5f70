"""One check: its id, what it finds out, and how."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from hirewire.sse_conformance.target import Failed, Skipped, Target

Examine = Callable[[Target], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """
    *examine* raises `Failed` or `Skipped`, or all is well.

    One that *is_ours* asks for what hirewire promises, and the HTML standard does not.
    """

    id: str
    title: str
    examine: Examine
    is_ours: bool = False

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]


def expect(holds: object, otherwise: str) -> None:
    """
    See that something holds.

    Raises:
        Failed: it does not; *otherwise* says what is instead.
    """
    if not holds:
        raise Failed(otherwise)


def need(value: str | None, option: str) -> str:
    """
    Return what an option says.

    Raises:
        Skipped: it was not given.
    """
    if value is None:
        raise Skipped(f"{option} is not given")
    return value


def document(text: str) -> dict[str, Any]:
    """
    Read an object of JSON.

    Raises:
        Failed: it is none.
    """
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Failed(f"{text[:80]!r} is no object of JSON.")
    return read
