"""The names of every series that the services' code can export, taken from their own metrics objects."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from services.alerts.metrics import AlertsMetrics
from services.alerts.traces import spans_told
from services.bus.metrics import BusMetrics
from services.bus.traffic import TrafficMetrics
from services.ingest.metrics import IngestMetrics
from services.keyframe.metrics import KeyframeMetrics
from services.probe.metrics import ProbeMetrics
from services.runtime.certificates import export
from services.runtime.metrics import Metrics
from services.snni_client.metrics import SnniClientMetrics
from services.snni_server.metrics import SnniServerMetrics

CAMERA = "cam-1"
_CERTIFICATE: Any = SimpleNamespace(
    ends=lambda: {"bus": datetime.now(UTC)}, files=SimpleNamespace(name="bus"), refused=False
)
SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}


def registry() -> Metrics:
    """One registry that all services' metrics were made in."""
    metrics = Metrics()
    AlertsMetrics(metrics, [CAMERA])
    BusMetrics(metrics)
    IngestMetrics(metrics, [CAMERA])
    KeyframeMetrics(metrics, [CAMERA])
    SnniClientMetrics(metrics, [CAMERA])
    SnniServerMetrics(metrics)
    ProbeMetrics(metrics)
    metrics.collector(TrafficMetrics)
    spans_told(metrics)
    for service in ("ingest", "keyframe", "snni_client", "snni_server", "alerts"):
        export(metrics, service, _CERTIFICATE)
    return metrics


def series_names(metrics: Metrics) -> set[str]:
    """The names under which a scrape sees them."""
    return {family.name + suffix for family in metrics.registry.collect() for suffix in SUFFIXES.get(family.type, ())}


def bucket_bounds(metrics: Metrics, name: str) -> set[str]:
    """The `le` labels of an unlabelled histogram."""
    return {
        sample.labels["le"]
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name == f"{name}_bucket"
    }
