"""What a resolver may use: the caller, the parts, and the one transaction it stands in."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from hirewire.kit.caller import Caller, Unauthenticated
from hirewire.kit.node_ids import NodeIds
from hirewire.kit.refusals import HirewireError
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.graphql.gaps import Gap

P = TypeVar("P")

_NOBODY: Final = "The request carries no access token."


class Context:
    """
    One operation's surroundings.

    A query has one *reader* for all of it. Each root field of a mutation has a unit of work
    of its own, which is the reader too, or a reader alone where it writes nothing. *gaps* are
    those in the answer that is being made.
    """

    __slots__ = ("_identity", "_now", "_parts", "_reader", "_turn", "_uow", "gaps", "node_ids")

    def __init__(
        self,
        identity: Caller | HirewireError | None,
        *,
        parts: Mapping[type, object],
        node_ids: NodeIds,
        now: datetime,
    ) -> None:
        self._identity = identity
        self._parts = parts
        self._now = now
        self._reader: Reader | None = None
        self._uow: UnitOfWork | None = None
        self.node_ids = node_ids
        self._turn: asyncio.Lock | None = None
        self.gaps: list[Gap] = []

    @property
    def caller(self) -> Caller:
        """
        Who is calling.

        Raises:
            Unauthenticated: nobody that we know.
        """
        identity = self._identity
        if isinstance(identity, Caller):
            return identity
        raise identity or Unauthenticated(reason=_NOBODY)

    @property
    def refusal(self) -> HirewireError | None:
        """Why the caller is nobody; None for a caller that we know."""
        if isinstance(self._identity, Caller):
            return None
        return self._identity or Unauthenticated(reason=_NOBODY)

    @property
    def turn(self) -> asyncio.Lock:
        """Who holds it may use the transaction; coroutines of one operation take turns."""
        if self._turn is None:
            self._turn = asyncio.Lock()
        return self._turn

    @property
    def now(self) -> datetime:
        """The moment of the operation, or of the unit of work in a mutation."""
        return self._now if self._uow is None else self._uow.now

    @property
    def reader(self) -> Reader:
        """Where to read."""
        reader = self._uow or self._reader
        if reader is None:
            msg = "no transaction is open here"
            raise RuntimeError(msg)
        return reader

    @property
    def uow(self) -> UnitOfWork:
        """Where to write; only mutations have it."""
        if self._uow is None:
            msg = "a query has no unit of work"
            raise RuntimeError(msg)
        return self._uow

    def part(self, kind: type[P]) -> P:
        """Return the one service of *kind*."""
        found: Any = self._parts[kind]
        service: P = found
        return service

    def reads_from(self, reader: Reader) -> None:
        """Let a query's resolvers read from *reader*."""
        self._reader = reader

    def writes_to(self, uow: UnitOfWork | None) -> None:
        """Let a mutation's resolvers write to *uow*, until it is None again."""
        self._uow = uow
