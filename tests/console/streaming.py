"""The streams behind the console's pages, in the test's own process."""

from typing import Final

from hirewire.console.streams.ledger import Ledger, Notes
from hirewire.kit.clock import Clock
from hirewire.kit.entropy import Entropy
from hirewire.kit.node_ids import NodeIds
from hirewire.realtime.announcer import Announcer
from hirewire.realtime.connections import ConnectionIds
from hirewire.realtime.cursors import Cursors
from hirewire.realtime.departures import Departures
from hirewire.realtime.limits import Limits, Seats
from hirewire.realtime.notices import Notices
from hirewire.realtime.streams import Streams
from hirewire.realtime.updates import Updates
from hirewire.runtime.db import Database
from hirewire.runtime.log.history import History
from hirewire.server.page_streams import PageStreams
from hirewire.web.streams.hub import Hub

SECRET: Final = "s" * 32
LIMITS: Final = Limits(total=100, per_app=100, per_person=3, per_address=100)


def page_streams(database: Database, clock: Clock, entropy: Entropy) -> PageStreams:
    """Make what opens streams, on a hub of its own."""
    hub = Hub(clock, entropy.fraction)
    cursors = Cursors(SECRET, 1, clock)
    streams = Streams(
        hub=hub,
        announcer=Announcer(hub, Updates(NodeIds("127.0.0.1")), cursors, clock),
        cursors=cursors,
        history=History(database),
        clock=clock,
        log=lambda event, /, **fields: None,
    )
    streams.announcer.follow()
    return PageStreams(
        streams=streams,
        departures=Departures(hub),
        connections=ConnectionIds(SECRET, entropy),
        seats=Seats(LIMITS, entropy.fraction),
        notices=Notices(clock=clock, place_of=streams.place_of),
        clock=clock,
    )


def ledger_of(live: PageStreams) -> Ledger:
    """Make what reads off the numbers."""
    return Ledger(live.streams.hub, live.seats, live.streams.recoveries, Notes())
