"""
The meters of streams: which are open, what they were sent and how soon, and why they ended.

What others count already is read off them when somebody asks, so that it costs nothing before.
"""

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hirewire.realtime.streams import Recoveries
from hirewire.web.streams.hub import Hub

_LAG_BUCKETS_S: Final = (
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
)  # fmt: skip


class StreamMeters:
    """The meters, in *registry*, of the streams on *hub*."""

    def __init__(self, registry: CollectorRegistry, hub: Hub, recoveries: Recoveries) -> None:
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
        registry.register(_Ends(hub))
        registry.register(_Traffic(hub, recoveries))

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
        for reason, count in self._hub.counts.closed.items():
            family.add_metric((reason.value,), count)
        yield family


class _Traffic(Collector):
    """Reads off what is open, and what was sent, replayed and said to who came back."""

    def __init__(self, hub: Hub, recoveries: Recoveries) -> None:
        self._hub = hub
        self._recoveries = recoveries

    def collect(self) -> Iterator[Metric]:
        hub, counts = self._hub, self._hub.counts
        kinds = GaugeMetricFamily(
            "hirewire_streams", "Event streams open now, by kind.", labels=("kind",)
        )
        for kind, count in hub.kinds().items():
            kinds.add_metric((kind,), count)
        yield kinds
        yield GaugeMetricFamily(
            "hirewire_streams_unsent_bytes", "What waits for readers.", hub.unsent_bytes
        )
        totals = (
            ("streams_opened", "Streams that opened.", counts.opened),
            ("stream_frames", "Frames that were sent to streams.", counts.delivered),
            ("stream_bytes", "Bytes of those frames.", counts.delivered_bytes),
            ("streams_replayed", "Updates that were replayed.", self._recoveries.replayed),
        )
        for name, purpose, count in totals:
            yield CounterMetricFamily(f"hirewire_{name}", purpose, count)
        verdicts = CounterMetricFamily(
            "hirewire_streams_resumed",
            "Readers who came back with a cursor, by what became of it.",
            labels=("verdict",),
        )
        for verdict, count in self._recoveries.verdicts.items():
            verdicts.add_metric((verdict,), count)
        yield verdicts
