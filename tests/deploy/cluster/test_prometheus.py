"""A real Prometheus in the namespace `monitoring`, configured as deploy/prometheus says: it finds every target."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from localsite.process import Process
from tests.deploy.arrows import PROMETHEUS
from tests.deploy.cluster.names import resolver
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.threads import entered
from tests.deploy.cluster.walls import Walled
from tests.deploy.scrape import SOURCE, Prometheus
from tests.support.waiting import until

PORT = 9090
SERVICES = ("ingest", "keyframe", "snni-client", "snni-server", "alerts")


class Within:
    """Asks a server in another network."""

    def __init__(self, cluster: Cluster, server: Prometheus) -> None:
        self._end, self._server = cluster.network.fabric.ends["prometheus-server"], server

    def ask(self, question: Callable[[Prometheus], set[str]]) -> set[str]:
        """The answer; nothing where it does not answer yet."""
        found: list[set[str]] = [set()]

        def run() -> None:
            try:
                with entered(self._end.path):
                    found.append(question(self._server))
            except OSError:
                return

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return found[-1]


@pytest.fixture
def prometheus(cluster: Cluster, tmp_path: Path) -> Iterator[Within]:
    address = cluster.network.address("monitoring")
    end = cluster.network.fabric.attach(
        "prometheus-server", address, {"resolv.conf": resolver(cluster.network.dns.address, PROMETHEUS.namespace)}
    )
    cluster.raise_walls(Walled(PROMETHEUS.namespace, PROMETHEUS.labels, address))
    for name in ("kubernetes.yml", "rules.yml"):
        shutil.copy(SOURCE / name, tmp_path)
    command = ["prometheus", f"--config.file={tmp_path / 'kubernetes.yml'}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    command += [f"--web.listen-address=127.0.0.1:{PORT}"]
    with Process("prometheus", end.command(*command), tmp_path / "prometheus.log") as process:
        yield Within(cluster, Prometheus(process, f"http://127.0.0.1:{PORT}", tmp_path))
    cluster.raise_walls()


def test_every_pod_that_serves_metrics_is_found_by_name_and_scraped(cluster: Cluster, prometheus: Within) -> None:
    wanted = {f"{pod.end.address}:8081" for pod in cluster.pods if pod.app in SERVICES}
    assert len(wanted) == len(SERVICES) + 1, "alerts has two replicas"

    def up(server: Prometheus) -> set[str]:
        return {sample.labels["instance"] for sample in server.query("up == 1")}

    until(lambda: prometheus.ask(up) == wanted)
    jobs = prometheus.ask(lambda server: {sample.labels["job"] for sample in server.query("up")})
    assert jobs == {app.replace("-", "_") for app in SERVICES}
    assert prometheus.ask(lambda server: set(server.rule_errors())) == set()
