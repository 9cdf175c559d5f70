"""
Streams end when their person or their app may no longer see what they carry.

Who may hear what is settled when a stream opens. A stream is held by its person's id, too, and
ends when what the person is to an employer has changed; the client comes back and is asked
again. Apps that changed are looked at again (`realtime.standing`). In this process all that is
heard with the commit, and of all processes when the log tells of it, which may be late. So a
stream remembers how far the log was known when it was read what it may carry: what comes later
from there changes nothing for it.
"""

from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from hirewire.accounts.facts import (
    AppChanged,
    AppSecretRemoved,
    MemberJoined,
    MemberLeft,
    MemberRoleChanged,
)
from hirewire.kit.facts import START, Fact, Position
from hirewire.runtime.db.unit import UnitOfWork
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.reading import Reading
from hirewire.web.streams.slot import Reason, Slot

KINDS: Final = frozenset(
    fact.kind
    for fact in (MemberJoined, MemberLeft, MemberRoleChanged, AppChanged, AppSecretRemoved)
)
"""The kinds of facts after which streams are asked for anew, or looked at again."""

REMEMBERED: Final = 1_000
"""A stream that opens after so many departures since it was read what it may carry ends."""


def _look_at_no_app(app_id: str) -> None:
    """Leave apps alone."""


class _Departure(NamedTuple):
    """
    What a stream may depend on, a holder or an app, is another, and the stream ends for it.

    The fact stands *at* a place in the log, which is None where it is heard with the commit.
    """

    of: UUID | str
    at: Position | None
    reason: Reason

    def outdates(self, slot: Slot, app_id: str = "") -> bool:
        """Tell whether it is news to a stream, of *app_id*, that this concerns."""
        is_its = self.of == app_id if isinstance(self.of, str) else slot.is_held_by(self.of)
        known = slot.read_upto
        return is_its and (self.at is None or known is None or self.at > known)


class Departures:
    """
    Ends the streams on *hub* of people who left an employer, joined one, or have another role.

    *on_app* is told which app has changed.
    """

    def __init__(self, hub: Hub, on_app: Callable[[str], object] = _look_at_no_app) -> None:
        self._hub = hub
        self._on_app = on_app
        self._heard = 0
        self._lately: deque[_Departure] = deque(maxlen=REMEMBERED)
        self._upto = START

    @property
    def heard(self) -> int:
        """How many were heard of: to be noted before it is read who may see what."""
        return self._heard

    def recheck(self, slot: Slot, *, reading: Reading, app_id: str = "") -> None:
        """End a stream of *app_id* that has just opened, if it did by an outdated *reading*."""
        if self._upto != reading.upto:
            self._upto = reading.upto
        slot.read_upto = self._upto  # One object for all that know as much.
        since = self._heard - reading.heard
        if since > len(self._lately):
            self._hub.close(slot, reason=Reason.MEMBERSHIP)
        for departure in tuple(islice(reversed(self._lately), since)):
            if departure.outdates(slot, app_id):
                self._hub.close(slot, reason=departure.reason)

    def hear(self, fact: Fact, at: Position | None = None) -> None:
        """
        Hear of a fact, from this process or from another; it may come twice.

        It stands *at* a place in the log, which is None with the commit.
        """
        if isinstance(fact, MemberJoined | MemberLeft | MemberRoleChanged):
            self.end(fact.person_id, at, reason=Reason.MEMBERSHIP)
        elif isinstance(fact, AppChanged | AppSecretRemoved):
            self._note(_Departure(fact.app_id, at, Reason.MEMBERSHIP))
            self._on_app(fact.app_id)

    def committed(self, uow: UnitOfWork) -> None:
        """Hear what a unit of this process told (`Database.committed`)."""
        for fact in uow.facts:
            self.hear(fact)

    def end(self, holder: UUID, at: Position | None, *, reason: Reason) -> None:
        """End the streams that *holder* holds, but those that opened knowing of it."""
        departure = _Departure(holder, at, reason)
        self._note(departure)
        for slot in self._hub.held_by(holder):
            if departure.outdates(slot):
                self._hub.close(slot, reason=reason)

    def _note(self, departure: _Departure) -> None:
        self._heard += 1
        self._lately.append(departure)
