"""Tests of the meter of compiled operations."""

from hirewire.server.metrics import Metrics


class TestFallbacks:
    def test_are_counted_by_reason(self) -> None:
        """Whoever watches sees how often graphql-core had to complete an answer, and why."""
        metrics = Metrics()

        for reason in ("failed", "introspection", "failed"):
            metrics.fell_back(reason)

        page = metrics.page().decode()
        assert 'hirewire_graphql_fallbacks_total{reason="failed"} 2.0' in page
        assert 'hirewire_graphql_fallbacks_total{reason="introspection"} 1.0' in page
