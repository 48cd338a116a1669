"""What an installation takes of a machine: memory of each service, at rest and at work, and what its image adds."""

from __future__ import annotations

import pytest

from localsite.process import Process
from tests.deploy.cluster import usage
from tests.deploy.cluster.outside import WardPage
from tests.deploy.cluster.pictures import BASE, size_bytes
from tests.deploy.cluster.player import Cluster
from tests.deploy.cluster.podman import size


def over(cluster: Cluster) -> dict[str, str]:
    """The pods that hold more memory than they request."""
    found = {}
    for pod in cluster.pods:
        (container,) = pod.spec["containers"]
        held, requested = usage.held_bytes(cluster.pid(pod)), size(container["resources"]["requests"]["memory"])
        print(f"{pod.name}: {held / 2**20:.0f} of {requested / 2**20:.0f} MiB, {usage.cpu_s(cluster.pid(pod)):.1f} s")
        if held > requested:
            found[pod.name] = f"{held / 2**20:.0f} MiB"
    return found


def test_every_pod_at_rest_fits_what_it_requests(cluster: Cluster) -> None:
    assert over(cluster) == {}


def test_every_pod_at_work_fits_what_it_requests(cluster: Cluster, ward_page: WardPage, camera: Process) -> None:
    for _ in range(5):
        ward_page.next_level()
    assert over(cluster) == {}


@pytest.mark.parametrize(
    ("service", "most_mb"),
    [("alerts", 200), ("ingest", 270), ("keyframe", 310), ("snni-client", 145), ("snni-server", 145)],
)
def test_an_image_adds_little_to_its_base(images: set[str], service: str, most_mb: int) -> None:
    (image,) = (one for one in images if f"/{service}:" in one)
    added = size_bytes(image) - size_bytes(BASE)
    print(f"{service}: {added / 1e6:.0f} MB")
    assert added <= most_mb * 1e6
