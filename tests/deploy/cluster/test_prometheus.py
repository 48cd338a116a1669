"""A real Prometheus in the namespace `monitoring`, configured as deploy/prometheus says: it finds every target by name,
every query of the dashboards and of the rules has its answer, and a camera without a way for its media is told of.
"""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from localsite.process import Process
from tests.deploy.arrows import PROMETHEUS
from tests.deploy.cluster.installer import UNROUTED, UNROUTED_TOKEN, Installation
from tests.deploy.cluster.names import resolver
from tests.deploy.cluster.outside import WardPage, publishing
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.threads import entered
from tests.deploy.cluster.walls import Walled
from tests.deploy.queries import Query, queries
from tests.deploy.scrape import SOURCE, Prometheus
from tests.support.waiting import PATIENCE_S, until

T = TypeVar("T")
PORT = 9090
SERVICES = ("ingest", "keyframe", "snni-client", "snni-server", "alerts")
FOR = re.compile(r"^        for: \w+$", re.M)
"""How long an alert waits, after its condition, until it calls: nothing that a test would wait for."""
TEST_ROOM = "veilward:probe_silent_seconds:by_camera"
THERE = (
    "veilward:onset_to_alert_seconds:",
    "sum(veilward_snni_client_pool_ready)",
    "sum(veilward_snni_server_pool_ready)",
)
"""What begins so has a sample, and may have no value: the alert's onset may be longer ago than what is asked for; on a
busy machine an inference is taken as soon as it is ready."""


class Within:
    """Asks a server in another network."""

    def __init__(self, cluster: Cluster, server: Prometheus) -> None:
        self._end, self._server = cluster.network.fabric.ends["prometheus-server"], server

    def ask(self, question: Callable[[Prometheus], T]) -> T:
        """The answer, once it gives one."""
        found: list[T] = []

        def run() -> None:
            try:
                with entered(self._end.path):
                    found.append(question(self._server))
            except OSError:
                return

        def answered() -> bool:
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return bool(found)

        until(answered)
        return found[-1]


@pytest.fixture(scope="module")
def prometheus(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Within]:
    address, folder = cluster.network.address("monitoring"), tmp_path_factory.mktemp("prometheus")
    end = cluster.network.fabric.attach(
        "prometheus-server", address, {"resolv.conf": resolver(cluster.network.dns.address, PROMETHEUS.namespace)}
    )
    cluster.raise_walls(Walled(PROMETHEUS.namespace, PROMETHEUS.labels, address))
    shutil.copy(SOURCE / "kubernetes.yml", folder)
    (folder / "rules.yml").write_text(FOR.sub("        for: 1s", (SOURCE / "rules.yml").read_text()))
    command = ["prometheus", f"--config.file={folder / 'kubernetes.yml'}", f"--storage.tsdb.path={folder / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{PORT}"]
    with Process("prometheus", end.command(*command), folder / "prometheus.log") as process:
        yield Within(cluster, Prometheus(process, f"http://127.0.0.1:{PORT}", folder))
    cluster.raise_walls()


def test_every_pod_that_serves_metrics_is_found_by_name_and_scraped(cluster: Cluster, prometheus: Within) -> None:
    wanted = {f"{pod.end.address}:8081" for pod in cluster.pods if pod.app in SERVICES}
    assert len(wanted) == len(SERVICES) + 1, "alerts has two replicas"

    def up(server: Prometheus) -> set[str]:
        return {sample.labels["instance"] for sample in server.query("up == 1")}

    until(lambda: prometheus.ask(up) == wanted)
    jobs = prometheus.ask(lambda server: {sample.labels["job"] for sample in server.query("up")})
    assert jobs == {app.replace("-", "_") for app in SERVICES}
    assert prometheus.ask(lambda server: server.rule_errors()) == []


def test_every_panel_and_every_rule_has_its_answer(prometheus: Within, ward_page: WardPage, camera: Process) -> None:
    """The resident hurts, so that an alert is open."""
    left = list(queries())

    def answered(query: Query, server: Prometheus) -> bool:
        samples = server.query(query.expr)
        if query.expr == TEST_ROOM:
            return samples == []
        return bool(samples) if query.expr.startswith(THERE) else query.satisfied(samples)

    def every() -> bool:
        time.sleep(2)
        left[:] = prometheus.ask(lambda server: [query for query in left if not answered(query, server)])
        return not left

    try:
        until(every, 2 * PATIENCE_S)
    except AssertionError:
        raise AssertionError([f"{query.source}: {query.expr}" for query in left]) from None
    assert prometheus.ask(lambda server: server.rule_errors()) == []


def test_a_camera_whose_media_finds_no_way_is_told_of(
    cluster: Cluster,
    installation: Installation,
    prometheus: Within,
    camera: Process,
    tmp_path: Path,
) -> None:
    """It is let in, and never connects: behind a NAT that passes no UDP, without a relay."""

    def silent(server: Prometheus) -> set[str]:
        found = [one for one in server.alerts() if one["labels"]["alertname"] == "CameraSilent"]
        return {one["labels"]["camera"] for one in found if one["state"] == "firing"}

    trusted = installation.issued / "secrets/veilward-ingest-web/ca.crt"
    with publishing(cluster.network.fabric, UNROUTED_TOKEN, trusted, tmp_path, UNROUTED, media=False) as unrouted:
        until(lambda: "media does not get through" in unrouted.log.read_text())
        until(lambda: prometheus.ask(silent) == {UNROUTED})
