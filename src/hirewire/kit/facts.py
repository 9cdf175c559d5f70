"""
Facts: what happened, as the log keeps it.

A slice declares each of its facts in `facts.py` as a frozen dataclass with a `kind` such as
`interview.scheduled`. A fact is told in the transaction of its change (`UnitOfWork.tell`) and
read by everything that reacts.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Self
from uuid import UUID

import msgspec

_KINDS: "dict[str, type[Fact]]" = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The root of every fact; *employer_id* says whose it is, None for the platform's own."""

    kind: ClassVar[str]

    employer_id: UUID | None

    def __init_subclass__(cls) -> None:
        """Register the kind; a dataclass with slots is built twice, under one name."""
        known = _KINDS.setdefault(cls.kind, cls)
        if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
            msg = f"two facts are called {cls.kind!r}: {known} and {cls}"
            raise TypeError(msg)
        _KINDS[cls.kind] = cls

    def encode(self) -> bytes:
        """Write the fact's body as JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, body: bytes | str) -> Self:
        """Read a body that `encode` wrote."""
        return msgspec.json.decode(body, type=cls)


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """
    A place in the log: facts are read in the order of (*tx*, *seq*).

    *tx* orders transactions where several write at once (PostgreSQL), and is 0 elsewhere.
    """

    tx: int
    seq: int

    def __str__(self) -> str:
        return f"{self.tx}.{self.seq}"

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read what `str(position)` wrote.

        Raises:
            ValueError: *text* is anything else.
        """
        tx, seq = text.split(".")
        return cls(int(tx), int(seq))


START: Final = Position(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A fact as the log holds it: one id and one position, whichever door it leaves by."""

    position: Position
    id: UUID
    at: datetime
    fact: Fact


def fact_kinds() -> dict[str, type[Fact]]:
    """Every fact class loaded so far, by kind."""
    return dict(sorted(_KINDS.items()))


def decode_fact(kind: str, body: bytes | str) -> Fact:
    """
    Read a fact of *kind* from the *body* that `encode` wrote.

    Raises:
        KeyError: nothing in this program tells facts of *kind*.
    """
    return _KINDS[kind].decode(body)
