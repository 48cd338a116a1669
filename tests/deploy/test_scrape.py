"""A real Prometheus scrapes a small real exporter through the file_sd targets, and evaluates every rule and panel."""

from __future__ import annotations

import math
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import start_http_server

from services.alerts.metrics import AlertsMetrics
from services.runtime.metrics import Metrics
from services.snni_client.metrics import SnniClientMetrics
from tests.deploy.queries import queries
from tests.deploy.scrape import EXTERNAL_URL, Prometheus, start_prometheus, write_targets
from tests.support.waiting import PATIENCE_S


@pytest.fixture(scope="module")
def metrics() -> Iterator[tuple[Metrics, int]]:
    """(registry, port) of an exporter with real metrics of two services."""
    one = Metrics()
    AlertsMetrics(one).up["redis"].set(0)
    SnniClientMetrics(one, ["cam-1"]).target.set(3)
    server, thread = start_http_server(0, addr="127.0.0.1", registry=one.registry)
    yield one, server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def prometheus(metrics: tuple[Metrics, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    with start_prometheus(tmp_path_factory.mktemp("prometheus"), {"alerts": metrics[1]}) as one:
        one.wait_up({"alerts"})
        yield one


def test_values_and_recorded_rules_arrive(prometheus: Prometheus, metrics: tuple[Metrics, int]) -> None:
    prometheus.wait("a recorded rule", lambda: bool(prometheus.query("veilward:redis_up:min == 0")))
    ((sample),) = prometheus.query("veilward_snni_client_pool_target")
    assert sample.value == 3
    assert sample.labels["job"] == "alerts"
    seconds = AlertsMetrics(metrics[0]).pixel_to_level
    prometheus.wait("a first scrape", lambda: bool(prometheus.query("veilward_alerts_pixel_to_level_seconds_count")))
    seconds.observe(1.2)
    prometheus.wait("a quantile", lambda: _between(prometheus, "veilward:pixel_to_level_seconds:p95", 1.0, 1.5))
    prometheus.wait("a burn rate", lambda: _between(prometheus, "veilward:pixel_to_level_slow:ratio_5m", 0.0, 0.0))


def _between(prometheus: Prometheus, expr: str, low: float, high: float) -> bool:
    return any(low <= sample.value <= high for sample in prometheus.query(expr) if not math.isnan(sample.value))


def test_every_query_is_answered(prometheus: Prometheus) -> None:
    for query in queries():
        prometheus.query(query.expr)
    assert prometheus.rule_errors() == []


def test_the_runbook_lies_where_an_alert_says(prometheus: Prometheus) -> None:
    prometheus.wait("an alert", lambda: bool(prometheus.alerts()))
    for alert in prometheus.alerts():
        url, _, section = alert["annotations"]["runbook_url"].partition("#")
        assert url == EXTERNAL_URL + "user/runbook.md"
        with urllib.request.urlopen(prometheus.url + urllib.parse.urlsplit(url).path, timeout=PATIENCE_S) as answer:
            assert f"\n## {section}\n" in answer.read().decode().lower()


def test_a_target_written_later_is_found(prometheus: Prometheus, metrics: tuple[Metrics, int]) -> None:
    assert prometheus.up() == {"alerts"}
    write_targets(prometheus.targets, {"ingest": metrics[1]})
    prometheus.wait_up({"alerts", "ingest"})


def test_every_kind_of_query_occurs() -> None:
    kinds = [query.kind for query in queries()]
    assert {"value", "errors", "zero", "condition"} == set(kinds)
    assert len(kinds) > 60
