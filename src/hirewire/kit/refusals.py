"""What a caller can be refused for: a neutral kind, a stable code and typed fields."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    """What a refusal means, whatever API spells it."""

    BAD_INPUT = "bad_input"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


@dataclass(eq=False)
class HirewireError(Exception):
    """
    The root of every refusal.

    A subclass is a `@dataclass(eq=False)` that fixes `kind` and `code`, declares its facts
    as fields, and says in `__str__` what happened in one sentence for the caller.
    """

    kind: ClassVar[Kind]
    code: ClassVar[str]


def every_refusal() -> tuple[type[HirewireError], ...]:
    """Every refusal class loaded so far that has a code, by code."""
    found: list[type[HirewireError]] = []
    waiting = [HirewireError]
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            if "code" in vars(child):
                found.append(child)
    return tuple(sorted(found, key=lambda refusal: refusal.code))
