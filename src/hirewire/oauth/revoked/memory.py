"""
The revoked ids in memory, so that every call can ask for them.

What this process revokes counts from its commit on; what others revoke, from when the log tells
of it. Whoever follows the log does so first and calls `load` second: then nothing is missed.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Set
from datetime import datetime
from uuid import UUID

from hirewire.kit.clock import Clock
from hirewire.kit.facts import Fact
from hirewire.oauth.facts import TokensRevoked
from hirewire.oauth.revoked import store
from hirewire.runtime.db.database import Reader
from hirewire.runtime.db.unit import UnitOfWork

OnRevoked = Callable[[Collection[UUID]], object]


class Revoked:
    """
    Which ids are revoked now.

    Those in *listeners* are called, once for each id, in the turn of the loop in which it is
    first heard of.
    """

    def __init__(self, clock: Clock) -> None:
        self.listeners: list[OnRevoked] = []
        self._clock = clock
        self._ids: set[UUID] = set()
        self._until: OrderedDict[UUID, datetime] = OrderedDict()

    @property
    def ids(self) -> Set[UUID]:
        """The ids, as one set that stays current."""
        return self._ids

    async def load(self, reader: Reader) -> None:
        """Read what is on record."""
        for revoked_id, until in await store.current(reader, self._clock.now()):
            self._add((revoked_id,), until)

    def committed(self, uow: UnitOfWork) -> None:
        """Hear of what a unit of this process revoked (`Database.committed`)."""
        for fact in uow.facts:
            self.hear(fact)

    def hear(self, fact: Fact) -> None:
        """Hear of a fact, from this process or from another; it may come twice."""
        if isinstance(fact, TokensRevoked):
            self._add(fact.ids, fact.until)

    def _add(self, ids: Iterable[UUID], until: datetime) -> None:
        self._forget()
        new = []
        for revoked_id in ids:
            if revoked_id not in self._ids:
                new.append(revoked_id)
                self._ids.add(revoked_id)
            self._until[revoked_id] = max(until, self._until.pop(revoked_id, until))
        if new:
            for tell in self.listeners:
                tell(new)

    def _forget(self) -> None:
        """Let go of the ids whose last token has expired; they came in that order."""
        now = self._clock.now()
        while self._until and next(iter(self._until.values())) <= now:
            revoked_id, _ = self._until.popitem(last=False)
            self._ids.discard(revoked_id)
