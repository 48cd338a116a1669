"""The example overlay, applied at once to an empty cluster: every pod is ready by itself."""

from __future__ import annotations

from tests.deploy.cluster.player import Cluster

READY_S = 60
"""Within this a home that is started anew is served."""


def test_every_pod_is_ready_without_a_restart(cluster: Cluster) -> None:
    assert {pod.app for pod in cluster.pods} == {
        "ingest",
        "keyframe",
        "snni-client",
        "provision",
        "nats-leaf",
        "snni-server",
        "nats-hub",
        "redis",
        "postgres",
        "alerts",
    }
    assert cluster.restarted == {}


def test_what_they_compute_until_then_fits_one_core_for_a_minute(cluster: Cluster) -> None:
    """The processors' time, which a busy machine does not change, bounds how long it takes on one that is not."""
    print(f"ready after {cluster.took_s:.1f} s, {cluster.cpu_s:.1f} s of a processor")
    assert cluster.cpu_s < READY_S
