"""Metrics: what `/metrics` tells Prometheus."""

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from hirewire.runtime.db.unit import UnitOfWork
from hirewire.runtime.mail import State

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The meters of one server, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = Counter(
            "hirewire_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "hirewire_http_request_seconds",
            "How long answering took, in seconds.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )
        self.facts = Counter(
            "hirewire_facts", "Facts recorded.", ("kind",), registry=self.registry
        )
        self.parked = Counter(
            "hirewire_facts_parked",
            "Facts that a durable listener could not handle, and put aside.",
            ("listener",),
            registry=self.registry,
        )
        self.graphql_fallbacks = Counter(
            "hirewire_graphql_fallbacks",
            "Root fields of GraphQL operations that graphql-core completed.",
            ("reason",),
            registry=self.registry,
        )
        self.mails = Counter(
            "hirewire_mails",
            "What became of mails; queued counts the attempts that have to be made again.",
            ("state",),
            registry=self.registry,
        )

    def settled(self, state: State) -> None:
        """Count what became of a mail."""
        self.mails.labels(state.value).inc()

    def told(self, uow: UnitOfWork) -> None:
        """Count the facts of a unit that was committed (`Database.committed`)."""
        for fact in uow.facts:
            self.facts.labels(fact.kind).inc()

    def put_aside(self, listener: str) -> None:
        """Count a fact that *listener* could not handle."""
        self.parked.labels(listener).inc()

    def fell_back(self, reason: str) -> None:
        """Count a root field that was not answered by compiled code."""
        self.graphql_fallbacks.labels(reason).inc()

    def gauge(self, name: str, purpose: str) -> Gauge:
        """Add a gauge, whose value its owner sets or computes."""
        return Gauge(f"hirewire_{name}", purpose, registry=self.registry)

    def page(self) -> bytes:
        """Write every meter in Prometheus' text format."""
        return generate_latest(self.registry)
