"""What is known of the streams of this process, for people: by app, and all together."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from hirewire.realtime.limits import Seats
from hirewire.realtime.replays import Cause, Wait
from hirewire.realtime.streams import Recoveries
from hirewire.web.streams.hub import Hub
from hirewire.web.streams.slot import Reason

LAGS: Final = 2_000
"""Of so many of the latest updates the lag is known one by one."""

MOST_APPS: Final = 10_000


@dataclass(slots=True)
class Notes:
    """
    What is noted as it happens: which streams ended and why, who was refused, and lags.

    What an app's streams ended for is forgotten for the app that was longest silent.
    """

    ended: dict[str, Counter[Reason]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    lags_s: deque[float] = field(default_factory=lambda: deque(maxlen=LAGS))
    on_refused: Callable[[str], object] = lambda limit: None

    def end(self, app_id: str, reason: Reason) -> None:
        """Note that a stream of an app ended."""
        ends = self.ended.pop(app_id, None) or Counter()
        self.ended[app_id] = ends
        ends[reason] += 1
        if len(self.ended) > MOST_APPS:
            del self.ended[next(iter(self.ended))]

    def refuse(self, limit: str) -> None:
        """Note that a stream was refused, by whose limit, and tell the meters."""
        self.refused[limit] += 1
        self.on_refused(limit)

    def lag(self, seconds: float) -> None:
        """Note how long an update took from its commit to the sockets."""
        self.lags_s.append(seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfApp:
    """An app's streams: *here* in this process, *people* who have some, and past *ends*."""

    here: int
    kinds: dict[str, int]
    people: int
    unsent_bytes: int
    ends: dict[Reason, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfNode:
    """
    All streams of this process, since it began; lags are of the latest updates.

    *replays* are those under way, by what they wait for, and *stalled_s* says for how long one
    of them has come no further.
    """

    kinds: dict[str, int]
    opened: int
    ends: dict[Reason, int]
    delivered: int
    delivered_bytes: int
    unsent_bytes: int
    verdicts: dict[str, int]
    replayed: int
    replays: dict[Wait, int]
    stalled_s: float
    given_up: dict[Cause, int]
    refused: dict[str, int]
    lags_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Reads it off the parts that have it."""

    hub: Hub
    seats: Seats
    recoveries: Recoveries
    notes: Notes

    def of_app(self, app_id: str) -> OfApp:
        """Tell of one app."""
        seats = self.seats.of_app(app_id)
        slots = [seat.slot for seat in seats if seat.slot is not None]
        people = {seat.person_id for seat in seats} - {None}
        return OfApp(
            here=len(slots),
            kinds=dict(Counter(slot.kind.name for slot in slots)),
            people=len(people),
            unsent_bytes=sum(slot.pipe.get_write_buffer_size() for slot in slots),
            ends=dict(self.notes.ended.get(app_id, Counter())),
        )

    def of_node(self) -> OfNode:
        """Tell of all."""
        counts, replays = self.hub.counts, self.recoveries.replays
        return OfNode(
            kinds=dict(self.hub.kinds()),
            opened=counts.opened,
            ends={reason: count for reason, count in counts.closed.items() if count},
            delivered=counts.delivered,
            delivered_bytes=counts.delivered_bytes,
            unsent_bytes=self.hub.unsent_bytes,
            verdicts=dict(self.recoveries.verdicts),
            replayed=self.recoveries.replayed,
            replays={wait: count for wait, count in replays.waiting().items() if count},
            stalled_s=max(replays.stalled_s(self.hub.clock.monotonic()).values()),
            given_up={cause: count for cause, count in replays.given_up.items() if count},
            refused=dict(self.notes.refused),
            lags_ms=quantiles_ms(self.notes.lags_s),
        )

    def apps(self) -> list[str]:
        """Name the apps that have streams here, or had some."""
        return sorted({*self.seats.here.apps, *self.notes.ended})


def quantiles_ms(lags_s: "deque[float]") -> dict[str, float]:
    """Say below which lag, in milliseconds, half of them are, and so on; nothing of none."""
    if not lags_s:
        return {}
    ordered = sorted(lags_s)
    places = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "worst": 1.0}
    last = len(ordered) - 1
    return {name: round(1000 * ordered[round(part * last)], 1) for name, part in places.items()}
