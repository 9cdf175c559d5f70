"""
How many streams may be open: of one app, of one person, from one address, and in total.

A stream has a *seat* from before it opens until it has closed. Seats are counted here for this
process; what others count, their census tells (`realtime.census`). Near the total an app that
has its fair share of the seats waits first, so that none can keep the others out.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from sys import intern
from typing import Final, TypeVar
from uuid import UUID

from hirewire.realtime.errors import TooManyStreams
from hirewire.web.streams.slot import Reason, Slot

CROWDED: Final = 0.8
"""From which part of the total on seats are shared out fairly."""

_COME_BACK_S: Final = 5.0
_COME_BACK_TO_A_CROWD_S: Final = 30.0

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many streams there may be."""

    total: int
    per_app: int
    per_person: int
    per_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who opens a stream, and from where; *origin* is the web page that does, if one does."""

    app_id: str
    address: str
    person_id: UUID | None = None
    origin: str | None = None


@dataclass(slots=True)
class Counts:
    """How many seats are taken: by whom, from where, and in total."""

    total: int = 0
    apps: Counter[str] = field(default_factory=Counter)
    people: Counter[UUID] = field(default_factory=Counter)
    addresses: Counter[str] = field(default_factory=Counter)


class Seat:
    """
    The place of one stream among those that may be open, until it is given back.

    It keeps what its visitor is known by: an object more for each stream would weigh as much
    as the seat itself. It is its stream's `slot.OnClose`.
    """

    __slots__ = ("_seats", "address", "app_id", "origin", "person_id", "slot")

    def __init__(self, seats: "Seats", visitor: Visitor) -> None:
        self.app_id = intern(visitor.app_id)
        self.address = intern(visitor.address)
        self.person_id = visitor.person_id
        self.origin = None if visitor.origin is None else intern(visitor.origin)
        self.slot: Slot | None = None
        self._seats: Seats | None = seats

    def opened(self, slot: Slot) -> None:
        """Note the stream that the seat is for."""
        self.slot = slot

    def __call__(self, slot: Slot, reason: Reason) -> None:
        """Give the seat back when its stream has ended."""
        if self._seats is not None:
            self._seats.on_ended(self.app_id, reason)
        self.give_back()

    def give_back(self) -> None:
        """Give the seat back; harmless when that was done."""
        seats, self._seats, self.slot = self._seats, None, None
        if seats is not None:
            seats.put_back(self)


class Seats:
    """
    The seats of this process, and how many there may be with those of *others*.

    *fraction* draws from 0 up to 1. *on_refused* is told by which limit a stream was refused,
    and *on_ended* which app's stream ended, and why.
    """

    def __init__(
        self,
        limits: Limits,
        fraction: Callable[[], float],
        *,
        others: Callable[[], Counts] = Counts,
        on_refused: Callable[[str], object] = lambda limit: None,
        on_ended: Callable[[str, Reason], object] = lambda app_id, reason: None,
    ) -> None:
        self.limits = limits
        self.here = Counts()
        self._fraction = fraction
        self._others = others
        self._on_refused = on_refused
        self.on_ended = on_ended
        self._by_app: dict[str, dict[Seat, None]] = {}

    def of_app(self, app_id: str) -> tuple[Seat, ...]:
        """The seats that an app has in this process, in the order in which they were taken."""
        return tuple(self._by_app.get(app_id, ()))

    def take(self, visitor: Visitor) -> Seat:
        """
        Take a seat, which is to be given back.

        Raises:
            TooManyStreams: there is none left for *visitor*.
        """
        self.check(visitor)
        seat = Seat(self, visitor)
        self._by_app.setdefault(seat.app_id, {})[seat] = None
        self.here.total += 1
        self.here.apps[seat.app_id] += 1
        self.here.addresses[seat.address] += 1
        if seat.person_id is not None:
            self.here.people[seat.person_id] += 1
        return seat

    def check(self, visitor: Visitor) -> None:
        """
        Insist that there is a seat for *visitor*, and take none.

        Raises:
            TooManyStreams: there is none left.
        """
        limits, here, others = self.limits, self.here, self._others()
        app_id, address, person_id = visitor.app_id, visitor.address, visitor.person_id
        from_address = here.addresses[address] + others.addresses[address]
        self._insist("address", from_address, limits.per_address)
        if person_id is not None:
            of_person = here.people[person_id] + others.people[person_id]
            self._insist("person", of_person, limits.per_person)
        of_app = here.apps[app_id] + others.apps[app_id]
        self._insist("app", of_app, limits.per_app)
        total = here.total + others.total
        self._insist("total", total, limits.total)
        if total >= CROWDED * limits.total:
            apps = {app_id, *here.apps, *others.apps}
            self._insist("share", of_app, max(1, limits.total // len(apps)))

    def put_back(self, seat: Seat) -> None:
        """Note that *seat* was given back; the seat says so, once."""
        seats = self._by_app[seat.app_id]
        del seats[seat]
        if not seats:
            del self._by_app[seat.app_id]
        self.here.total -= 1
        count_down(self.here.apps, seat.app_id)
        count_down(self.here.addresses, seat.address)
        if seat.person_id is not None:
            count_down(self.here.people, seat.person_id)

    def _insist(self, limit: str, has: int, most: int) -> None:
        if has < most:
            return
        self._on_refused(limit)
        wait_s = _COME_BACK_TO_A_CROWD_S if limit in {"total", "share"} else _COME_BACK_S
        raise TooManyStreams(
            limit=_WHOSE[limit],
            most=most,
            retry_after_s=math.ceil(wait_s * (1 + self._fraction())),
        )


def count_down(counts: Counter[K], key: K, by: int = 1) -> None:
    """Count *by* less, and keep no zero."""
    counts[key] -= by
    if not counts[key]:
        del counts[key]


_WHOSE: Final = {
    "address": "one address",
    "person": "one person",
    "app": "one app",
    "total": "all apps together",
    "share": "one app, while streams are so many,",
}
