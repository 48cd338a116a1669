"""One cluster for all tests of this folder: the example overlay as an installer fills it in, in containers.

Each test leaves it as it was: ready, with its walls. Needed are root and Debian's podman, runc, buildah, mmdebstrap,
nftables and dnsmasq; where one is not there the whole folder is skipped and says so. Every test here is heavy.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from localsite.process import Process
from tests.deploy.cluster import pictures
from tests.deploy.cluster.installer import ADDRESSES, Installation, install
from tests.deploy.cluster.outside import WardPage, open_page, publishing
from tests.deploy.cluster.player import WORKLOADS, Cluster
from tests.deploy.told import follow

PROGRAMS = {
    "podman": "podman",
    "runc": "runc",
    "buildah": "buildah",
    "mmdebstrap": "mmdebstrap",
    "nft": "nftables",
    "dnsmasq": "dnsmasq-base",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "iptables": "iptables",
    "/usr/lib/podman/netavark": "netavark",
    "/usr/lib/podman/aardvark-dns": "aardvark-dns",
}
"""Each program, and Debian's package of it."""
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.heavy)


@pytest.fixture(scope="session")
def able() -> None:
    """This machine can run containers."""
    missing = sorted({package for program, package in PROGRAMS.items() if shutil.which(program) is None})
    if missing:
        pytest.skip(f"the cluster needs: apt-get install --no-install-recommends {' '.join(missing)}")
    if os.getuid() != 0:
        pytest.skip("the cluster needs root: it makes network namespaces")


@pytest.fixture(scope="session")
def installation(able: None, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The example, filled in."""
    return install(tmp_path_factory.mktemp("installer"))


@pytest.fixture(scope="session")
def images(installation: Installation) -> set[str]:
    """The images that it names, built."""
    workloads = [one for one in installation.objects if one["kind"] in WORKLOADS]
    found = {one["spec"]["template"]["spec"]["containers"][0]["image"] for one in workloads}
    pictures.made(found)
    return found


@pytest.fixture(scope="session")
def cluster(
    installation: Installation, images: set[str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cluster]:
    """Everything applied, and ready."""
    with Cluster(installation.objects, tmp_path_factory.mktemp("node"), ADDRESSES) as one:
        one.start()
        one.wait_ready()
        names = {f"{pod.namespace}/{pod.name}": pod.container for pod in one.pods}
        (installation.directory / "pods.json").write_text(json.dumps(names))
        yield one


@pytest.fixture(scope="session")
def ward_page(
    cluster: Cluster, installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WardPage]:
    """The ward's page, watched by a person who has recorded the camera's consent."""
    link = follow(
        "kubectl -n veilward-ward exec veilward-alerts-0 -- "
        "veilward-alerts people add anna --name Anna --role overseer --every-ward",
        programs=installation.programs,
    ).strip()
    trusted = installation.issued / "secrets/veilward-alerts-web/ca.crt"
    with open_page(cluster.network.fabric, link, trusted, tmp_path_factory.mktemp("ward")) as page:
        yield page


@pytest.fixture(scope="session")
def camera(
    cluster: Cluster, installation: Installation, ward_page: WardPage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """A camera that publishes a face again and again."""
    trusted = installation.issued / "secrets/veilward-ingest-web/ca.crt"
    with publishing(cluster.network.fabric, installation.token, trusted, tmp_path_factory.mktemp("camera")) as process:
        yield process
