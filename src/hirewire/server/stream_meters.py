"""The meters of streams: who was refused one, which were renewed, and why they ended."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from hirewire.web.streams.hub import Hub


class StreamMeters:
    """The meters, in *registry*, of the streams on *hub*."""

    def __init__(self, registry: CollectorRegistry, hub: Hub) -> None:
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
