"""
Streams end when their person or their app may no longer see what they carry.

Who may hear what is settled when a stream opens. A stream is held by its person's id, too, and
ends when what the person is to an employer has changed; the client comes back and is asked
again. Apps that changed are looked at again (`realtime.standing`). In this process all that is
heard with the commit, from others when the log tells of it.
"""

from collections.abc import Callable
from typing import Final

from hirewire.accounts.facts import (
    AppChanged,
    AppSecretRemoved,
    MemberJoined,
    MemberLeft,
    MemberRoleChanged,
)
from hirewire.kit.facts import Fact
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason, Slot

KINDS: Final = frozenset(
    fact.kind
    for fact in (MemberJoined, MemberLeft, MemberRoleChanged, AppChanged, AppSecretRemoved)
)
"""The kinds of facts after which streams are asked for anew, or looked at again."""


def _look_at_no_app(app_id: str) -> None:
    """Leave apps alone."""


class Departures:
    """
    Ends the streams on *hub* of people who left an employer, joined one, or have another role.

    *on_app* is told which app has changed.
    """

    def __init__(self, hub: Hub, on_app: Callable[[str], object] = _look_at_no_app) -> None:
        self._hub = hub
        self._on_app = on_app
        self._heard = 0

    @property
    def heard(self) -> int:
        """How many were heard of: to be noted before it is read who may see what."""
        return self._heard

    def recheck(self, slot: Slot, *, read_at: int) -> None:
        """End a stream that has just opened if there was one since the reading at *read_at*."""
        if read_at != self._heard:
            self._hub.close(slot, reason=Reason.MEMBERSHIP)

    def hear(self, fact: Fact) -> None:
        """Hear of a fact, from this process or from another; it may come twice."""
        if isinstance(fact, MemberJoined | MemberLeft | MemberRoleChanged):
            self._heard += 1
            self._hub.close_held((fact.person_id,), reason=Reason.MEMBERSHIP)
        elif isinstance(fact, AppChanged | AppSecretRemoved):
            self._heard += 1
            self._on_app(fact.app_id)

    def committed(self, uow: UnitOfWork) -> None:
        """Hear what a unit of this process told (`Database.committed`)."""
        for fact in uow.facts:
            self.hear(fact)
