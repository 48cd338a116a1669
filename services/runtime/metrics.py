"""Prometheus metrics of a process: one registry, buckets that sit on the objectives' lines.

Names are `veilward_<service>_<what>_<unit>[_total]`. A camera id may be a label, a resident never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

Told = TypeVar("Told", bound=Collector)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

LATENCY_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 3.0, 5.0, 7.5, 10.0)
"""Seconds. OpenTelemetry's defaults for HTTP, with lines on the objectives of 1.5 s and 3 s."""

SNNI_BUCKETS = (0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 60.0)
"""Seconds of one secure inference round trip, with a line on the objective of 1.5 s."""


class Metrics:
    """A registry whose metrics are made once: asking again for a name returns the same metric."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._known: dict[str, Counter | Gauge | Histogram] = {}
        self._collectors: dict[type[Collector], Collector] = {}
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def counter(self, name: str, text: str, labels: Sequence[str] = ()) -> Counter:
        """The counter `name`; raises TypeError if the name is already another kind of metric."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Counter(name, text, labels, registry=self.registry)
        if not isinstance(found, Counter):
            raise TypeError(f"{name} is not a counter")
        return found

    def gauge(self, name: str, text: str, labels: Sequence[str] = ()) -> Gauge:
        """The gauge `name`; raises TypeError if the name is already another kind of metric."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Gauge(name, text, labels, registry=self.registry)
        if not isinstance(found, Gauge):
            raise TypeError(f"{name} is not a gauge")
        return found

    def histogram(
        self, name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = LATENCY_BUCKETS
    ) -> Histogram:
        """The histogram `name`; raises TypeError if the name is already another kind of metric."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = Histogram(name, text, labels, buckets=buckets, registry=self.registry)
        if not isinstance(found, Histogram):
            raise TypeError(f"{name} is not a histogram")
        return found

    def collector(self, kind: type[Told]) -> Told:
        """The one of a class of collectors; asking again returns the same."""
        found = self._collectors.get(kind)
        if found is None:
            found = self._collectors[kind] = kind()
            self.registry.register(found)
        if not isinstance(found, kind):
            raise TypeError(f"not a {kind.__name__}")
        return found

    def render(self) -> bytes:
        """The exposition text (`CONTENT_TYPE`)."""
        return generate_latest(self.registry)


PROCESS = Metrics()
"""The process's metrics. Tests make their own `Metrics()`."""
