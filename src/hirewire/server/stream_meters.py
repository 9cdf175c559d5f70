"""
The meters of streams: which are open, what they were sent and how soon, and why they ended.

What others count already is read off them when somebody asks, so that it costs nothing before.
"""

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hirewire.realtime.streams import Streams
from hirewire.web.streams.hub import Hub

_LAG_BUCKETS_S: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
)  # fmt: skip

Family = TypeVar("Family", CounterMetricFamily, GaugeMetricFamily)


class StreamMeters:
    """The meters of *streams*, and of all others on their hub, in *registry*."""

    def __init__(self, registry: CollectorRegistry, streams: Streams) -> None:
        self._lag = Histogram(
            "hirewire_stream_lag_seconds",
            "How long updates took from their commit to the sockets, in seconds.",
            buckets=_LAG_BUCKETS_S,
            registry=registry,
        )
        self._refused = Counter(
            "hirewire_streams_refused",
            "Streams refused because as many are open as may be, by whose limit it is.",
            ("limit",),
            registry=registry,
        )
        self._renewed = Counter(
            "hirewire_streams_renewed",
            "Renewals of streams: made here, told to other processes, or heard from them.",
            ("outcome",),
            registry=registry,
        )
        registry.register(_Ends(streams.hub))
        registry.register(_Traffic(streams.hub))
        registry.register(_Returns(streams))

    def lag(self, seconds: float) -> None:
        """Observe how long an update took (`Announcer.on_sent`)."""
        self._lag.observe(seconds)

    def refused(self, limit: str) -> None:
        """Count a stream that was refused."""
        self._refused.labels(limit).inc()

    def renewed(self, outcome: str) -> None:
        """Count a renewal."""
        self._renewed.labels(outcome).inc()


class _Ends(Collector):
    """Reads off the hub why streams ended, so that an end costs no more for being metered."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[CounterMetricFamily]:
        family = CounterMetricFamily(
            "hirewire_streams_closed", "Streams that ended, by reason.", labels=("reason",)
        )
        yield _each(family, self._hub.counts.closed.items())


class _Traffic(Collector):
    """Reads off the hub what is open, and what it was sent."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        hub, counts = self._hub, self._hub.counts
        kinds = GaugeMetricFamily(
            "hirewire_streams", "Event streams open now, by kind.", labels=("kind",)
        )
        yield _each(kinds, hub.kinds().items())
        yield GaugeMetricFamily(
            "hirewire_streams_unsent_bytes", "What waits for readers.", hub.unsent_bytes
        )
        totals = (
            ("streams_opened", "Streams that opened.", counts.opened),
            (
                "stream_frames",
                "Frames, of every event, that were handed to streams' connections.",
                counts.delivered,
            ),
            ("stream_bytes", "Bytes of those frames.", counts.delivered_bytes),
        )
        for name, purpose, count in totals:
            yield CounterMetricFamily(f"hirewire_{name}", purpose, count)


class _Returns(Collector):
    """Reads off what was said to who came back, how their replays get on, and the head."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def collect(self) -> Iterator[Metric]:
        recoveries = self._streams.recoveries
        yield CounterMetricFamily(
            "hirewire_streams_replayed",
            "Updates that readers who came back had missed.",
            recoveries.replayed,
        )
        verdicts = CounterMetricFamily(
            "hirewire_streams_resumed",
            "Readers who came back with a cursor, by what became of it.",
            labels=("verdict",),
        )
        yield _each(verdicts, recoveries.verdicts.items())
        yield from self._replays()
        head_age_s = self._streams.announcer.head_age_s
        if head_age_s is not None:
            yield GaugeMetricFamily(
                "hirewire_stream_head_age_seconds",
                "How long ago the log was last read for what streams are to be sent.",
                head_age_s,
            )

    def _replays(self) -> Iterator[Metric]:
        replays = self._streams.recoveries.replays
        waiting = GaugeMetricFamily(
            "hirewire_stream_replays",
            "Replays under way, by what they wait for.",
            labels=("waits_for",),
        )
        yield _each(waiting, replays.waiting().items())
        stalled = GaugeMetricFamily(
            "hirewire_stream_replay_stalled_seconds",
            "How long the replay that waits longest has come no further.",
            labels=("waits_for",),
        )
        now_s = self._streams.hub.clock.monotonic()
        yield _each(stalled, replays.stalled_s(now_s).items())
        given_up = CounterMetricFamily(
            "hirewire_stream_replays_given_up",
            "Replays that ended before their streams were live, by cause.",
            labels=("cause",),
        )
        yield _each(given_up, replays.given_up.items())


def _each(family: Family, amounts: Iterable[tuple[str, float]]) -> Family:
    """Give *family* the amount of each label."""
    for label, amount in amounts:
        family.add_metric((label,), amount)
    return family
