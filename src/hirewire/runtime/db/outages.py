"""How it is told that the database is away: to who asked it, and to who keeps the logs."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

from hirewire.kit.refusals import HirewireError

R = TypeVar("R", bound=HirewireError)
Hear: TypeAlias = Callable[[HirewireError], None]


def told(refusal: R, error: Exception, hear: Hear) -> R:
    """Let *hear* know of *refusal*, which *error* of the driver led to, and return it."""
    refusal.__cause__ = error
    hear(refusal)
    return refusal
