"""The table of arrows in a cluster of an example: its pods by namespace and name, and everybody who might try another.

The table names services; where several rooms are in a cluster each has its own, and where a zone is in another
cluster it is an address outside.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.arrows import ARROWS, BROWSER, CAMERA, DNS, GRAFANA, PORTS, PROMETHEUS, RECEIVER, STRANGER
from tests.deploy.manifests import EXAMPLES, HOME, WHOLE, of_kind, pods
from tests.deploy.policies import Endpoint, Network

Connection = tuple[str, str, str, int]
OUTSIDE = (CAMERA, BROWSER, RECEIVER, STRANGER, DNS, PROMETHEUS, GRAFANA)
SCENES: Mapping[Path, Mapping[str, Endpoint]] = {
    WHOLE: {},
    HOME: {},
    EXAMPLES / "cloud-edge" / "home": {"snni-server": Endpoint("edge-elsewhere", address="203.0.113.66")},
    EXAMPLES / "cloud-edge" / "cloud": {"snni-client": Endpoint("room-elsewhere", address="203.0.113.1")},
}
"""Each cluster, and whom of another one it meets."""


@dataclass(frozen=True)
class Scene:
    """ours: the pods. everybody: with them all who are around. arrows: what must pass, and nothing else."""

    ours: tuple[Endpoint, ...]
    everybody: tuple[Endpoint, ...]
    arrows: frozenset[Connection]
    network: Network

    def passes(self) -> set[Connection]:
        """Every connection with one end in a namespace of ours that the policies let through."""
        homes = {one.namespace for one in self.ours}
        return {
            (source.name, destination.name, *port)
            for source, destination in itertools.permutations(self.everybody, 2)
            if homes & {source.namespace, destination.namespace}
            for port in PORTS
            if self.network.allows(source, destination, *port)
        }


def scene(directory: Path, *, without: str = "") -> Scene:
    """A cluster, or the same without the policies of a name."""
    elsewhere = SCENES[directory]
    found = pods(directory)
    ours = [
        Endpoint(f"{pod.namespace}/{pod.app}{number}", pod.namespace, pod.labels)
        for pod in found
        for number in range(min(2, pod.workload["spec"].get("replicas", 1)))
    ]
    impostors = [Endpoint(f"false-{one.name}", "default", one.labels) for one in (*ours, PROMETHEUS, DNS)]
    impostors += [Endpoint(f"unknown-{space}", space, {"app": "unknown"}) for space in {one.namespace for one in ours}]
    policies = of_kind("NetworkPolicy", directory=directory)
    kept = [one for one in policies if one["metadata"]["name"] != without]
    spaces = {one["metadata"]["name"]: one["metadata"]["labels"] for one in of_kind("Namespace", directory=directory)}
    everybody = (*ours, *impostors, *OUTSIDE, *elsewhere.values())
    return Scene(tuple(ours), everybody, frozenset(_arrows(ours, elsewhere)), Network(kept, spaces))


def _arrows(ours: list[Endpoint], elsewhere: Mapping[str, Endpoint]) -> Iterator[Connection]:
    for source, destination, protocol, port in ARROWS:
        for one, other in itertools.product(_who(source, ours, elsewhere), _who(destination, ours, elsewhere)):
            both_here = one in ours and other in ours
            crossing = both_here and one.namespace != other.namespace
            two_rooms = crossing and _zone(source) == _zone(destination)
            if (one in ours or other in ours) and one is not other and not two_rooms:
                yield one.name, other.name, protocol, port


def _who(name: str, ours: list[Endpoint], elsewhere: Mapping[str, Endpoint]) -> list[Endpoint]:
    here = [one for one in ours if one.labels["app.kubernetes.io/name"] == name]
    around = [one for one in OUTSIDE if one.name == name]
    return here or around or [one for app, one in elsewhere.items() if app == name]


def _zone(app: str) -> str:
    """Of the whole installation, where every zone is one namespace."""
    return next(pod.namespace for pod in pods() if pod.app == app)
