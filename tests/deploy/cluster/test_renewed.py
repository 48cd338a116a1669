"""Certificates renewed on disk, as a kubelet brings them: every end takes them up by itself, and levels go on."""

from __future__ import annotations

import re
import time

from localsite.process import Process
from tests.deploy.cluster.installer import Installation
from tests.deploy.cluster.outside import WardPage
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.shown import Opening, at_once, held, nats, postgres, shown
from tests.support.waiting import until

DAYS = 30
"""Of the new certificates; those before are good for 90, and a warning comes at 14."""
DAY_S = 86_400
SERVICES = ("ingest", "keyframe", "snni-client", "snni-server", "alerts")
SERVERS: dict[str, tuple[str, int, Opening]] = {
    "veilward-ingest-web": ("ingest", 8443, at_once),
    "veilward-alerts-web": ("alerts", 8443, at_once),
    "veilward-snni-server-snni": ("snni-server", 7443, at_once),
    "veilward-nats-leaf-server": ("nats-leaf", 4222, nats),
    "veilward-nats-hub-server": ("nats-hub", 4222, nats),
    "veilward-postgres-server": ("postgres", 5432, postgres),
    "veilward-redis-server": ("redis", 6379, at_once),
}
"""Secret to app, port, and how its TLS begins."""
STARTS_AGAIN = {"redis"}
"""What takes them up by being started again, by its own liveness probe (deploy/README.md, "Certificates")."""
ENDS = re.compile(r'^veilward_\w+_certificate_not_after_timestamp_seconds{certificate="(\w+)"} (\S+)$', re.MULTILINE)


def ends(cluster: Cluster, app: str) -> set[float]:
    """When the certificates that a service shows end, by its own metrics."""
    told = [one for pod in cluster.of(app) for one in ENDS.findall(cluster.ask(pod, "/metrics"))]
    return {float(value) for name, value in told if not name.endswith("_authority")}


def test_renewed_certificates_are_taken_up_without_a_restart(
    cluster: Cluster, installation: Installation, ward_page: WardPage, camera: Process
) -> None:
    ward_page.next_level()
    assert all(end > time.time() + 80 * DAY_S for app in SERVICES for end in ends(cluster, app))
    before = {pod.name: len(pod.restarts) for pod in cluster.pods}
    installation.reissue(DAYS)
    for folder in sorted((installation.issued / "secrets").iterdir()):
        if (folder / "tls.crt").exists():
            cluster.renew(folder.name, installation.secret(folder.name))

    def taken_up(secret: str) -> bool:
        app, port, opening = SERVERS[secret]
        wanted = held(installation.issued / "secrets" / secret / "tls.crt")
        return all(
            shown(cluster.network.fabric.node, pod.end.address, port, opening) == wanted for pod in cluster.of(app)
        )

    for secret in SERVERS:
        until(lambda secret=secret: taken_up(secret))
    for app in SERVICES:
        until(lambda app=app: 0 < max(ends(cluster, app), default=0) < time.time() + (DAYS + 1) * DAY_S)
    until(lambda: all(pod.ready for pod in cluster.pods))
    again = {pod.app for pod in cluster.pods if len(pod.restarts) != before[pod.name]}
    assert again == STARTS_AGAIN
    ward_page.next_level()
    until(lambda: not any(word in ward_page.look()["banner"] for word in ("certificate", "bus", "Redis", "database")))
