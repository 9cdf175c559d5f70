"""
Streams end when their person acts for an employer no more.

Who may hear what is settled when a stream opens. A stream is held by its person's id, too, and
ends when what the person is to an employer has changed; the client comes back and is asked
again. In this process that is heard with the commit, from others when the log tells of it.
"""

from typing import Final

from hirewire.accounts.facts import MemberLeft, MemberRoleChanged
from hirewire.kit.facts import Fact
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot

KINDS: Final = frozenset({MemberLeft.kind, MemberRoleChanged.kind})
"""The kinds of facts after which a person's streams are asked for anew."""


class Departures:
    """Ends the streams on *hub* of people who left an employer, or have another role."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._heard = 0

    @property
    def heard(self) -> int:
        """How many were heard of: to be noted before a membership is read, for `recheck`."""
        return self._heard

    def recheck(self, slot: Slot, *, read_at: int) -> None:
        """End a stream that has just opened if somebody left since the reading at *read_at*."""
        if read_at != self._heard:
            self._hub.close(slot, reason=Reason.REVOKED)

    def hear(self, fact: Fact) -> None:
        """Hear of a fact, from this process or from another; it may come twice."""
        if isinstance(fact, MemberLeft | MemberRoleChanged):
            self._heard += 1
            self._hub.close_held((fact.person_id,))

    def committed(self, uow: UnitOfWork) -> None:
        """Hear what a unit of this process told (`Database.committed`)."""
        for fact in uow.facts:
            self.hear(fact)
