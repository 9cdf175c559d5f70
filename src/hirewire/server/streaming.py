"""What decides who has a stream, put together: seats, names, renewals, and what ends them."""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from hirewire.accounts.service import Accounts
from hirewire.console.streams.ledger import Ledger, Notes
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.ids import IdMaker
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.census import Census
from hirewire.realtime.connections import ConnectionIds
from hirewire.realtime.departures import Departures
from hirewire.realtime.entrance import Entrance
from hirewire.realtime.limits import Limits, Seats
from hirewire.realtime.notices import Notices
from hirewire.realtime.renewal import Renewals
from hirewire.realtime.standing import Standing
from hirewire.realtime.streams import Streams
from hirewire.realtime.typing import TypingNews
from hirewire.runtime.bus import Bus
from hirewire.runtime.db import Database
from hirewire.server.metrics import Metrics
from hirewire.server.page_streams import PageStreams
from hirewire.server.settings import Settings
from hirewire.server.stream_meters import StreamMeters
from hirewire.web.bearer import TokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """What lets streams open, and what closes them."""

    entrance: Entrance
    departures: Departures
    standing: Standing
    seats: Seats
    census: Census
    notices: Notices
    renewals: Renewals
    typing: TypingNews
    pages: PageStreams
    ledger: Ledger

    def jobs(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """What goes on in the background."""
        return (
            self.standing.run(),
            self.census.run(self.seats),
            self.renewals.run(),
            self.typing.run(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the doors stand in."""

    settings: Settings
    clock: Clock
    entropy: Entropy
    ids: IdMaker
    node_ids: NodeIds
    db: Database
    bus: Bus
    accounts: Accounts
    tokens: TokenVerifier
    streams: Streams
    metrics: Metrics


def limits_of(settings: Settings) -> Limits:
    """Return how many streams there may be."""
    return Limits(
        total=settings.streams_total,
        per_app=settings.streams_per_app,
        per_person=settings.streams_per_person,
        per_address=settings.streams_per_address,
    )


def _seats(parts: Surroundings, census: Census, notes: Notes) -> Seats:
    return Seats(
        limits_of(parts.settings),
        parts.entropy.fraction,
        others=census.others,
        on_refused=notes.refuse,
        on_ended=notes.end,
    )


def _typing(parts: Surroundings, shared: Bus | None) -> TypingNews:
    streams = parts.streams
    return TypingNews(
        streams.hub,
        streams.announcer,
        parts.node_ids,
        parts.clock,
        new_id=parts.ids.new,
        bus=shared,
    )


@contextmanager
def open_doors(parts: Surroundings) -> Iterator[Doors]:
    """Make the doors, which hear what this process commits until the end of the block."""
    clock, hub, settings = parts.clock, parts.streams.hub, parts.settings
    shared = parts.bus if settings.is_bus_shared else None
    meters = StreamMeters(parts.metrics.registry, parts.streams)
    notes = Notes(on_refused=meters.refused)
    parts.streams.announcer.on_sent.extend((meters.lag, notes.lag))
    census = Census(shared, clock, parts.ids.new().hex)
    seats = _seats(parts, census, notes)
    connections = ConnectionIds(settings.secret_key, parts.entropy)
    notices = Notices(clock=clock, place_of=parts.streams.place_of)
    standing = Standing(parts.db, parts.accounts, clock, seats=seats, hub=hub)
    departures = Departures(hub, standing.doubt)
    renewals = Renewals(
        hub=hub,
        clock=clock,
        connections=connections,
        notices=notices,
        new_id=parts.ids.new,
        bus=shared,
        on_renewed=meters.renewed,
    )
    entrance = Entrance(
        ready=parts.streams.announcer.ready,
        db=parts.db,
        accounts=parts.accounts,
        tokens=parts.tokens,
        clock=clock,
        departures=departures,
        connections=connections,
        seats=seats,
        renewals=renewals,
    )
    pages = PageStreams(
        streams=parts.streams,
        departures=departures,
        connections=connections,
        seats=seats,
        notices=notices,
        clock=clock,
    )
    heard = (departures.committed, pages.committed)
    parts.db.committed.extend(heard)
    try:
        yield Doors(
            entrance=entrance,
            departures=departures,
            standing=standing,
            seats=seats,
            census=census,
            notices=notices,
            renewals=renewals,
            typing=_typing(parts, shared),
            pages=pages,
            ledger=Ledger(hub, seats, parts.streams.recoveries, notes),
        )
    finally:
        for each in heard:
            parts.db.committed.remove(each)
