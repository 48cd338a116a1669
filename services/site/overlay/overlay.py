"""Which files an overlay has, by its kind.

single-node   everything on one machine (k3s): one room device, no labels of nodes
care-home     a cluster with a node for each room device, one for the edge and one for the ward
cloud-edge    the same with the edge in another cluster: home/ for this one, cloud/ for that one

keys/ is what secrets are made of, when they have been issued; monitoring/ is for a Prometheus of the cluster's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from services.site.errors import SiteError
from services.site.overlay.edge import edge, edge_apart
from services.site.overlay.home import Home
from services.site.overlay.keys import keys
from services.site.overlay.kustomization import Object, kustomization
from services.site.overlay.monitoring import monitoring
from services.site.overlay.room import Room, room
from services.site.overlay.ward import ward

Files = dict[str, str]
OURS = {
    "room": ("ingest", "keyframe", "snni-client"),
    "edge": ("snni-server",),
    "ward": ("alerts",),
}
THEIRS = {"room": ("nats",), "edge": (), "ward": ("nats", "postgres", "redis")}
"""Images, by the zone that runs them."""


def single_node(home: Home, base: str) -> Files:
    """base: the way from the overlay's folder to deploy/k8s, as for all kinds. Raises SiteError, as all do."""
    device = home.only_device()
    one = Room(device)
    return {
        "kustomization.yaml": _whole(home, "One machine runs all zones.", ("room", "edge", "ward")),
        **_under("room", room(home, one, f"../{base}")),
        **_under("edge", edge(home, f"../{base}", node=False)),
        **_under("ward", ward(home, (device.id,), f"../{base}", node=False)),
        **_under("keys", keys(home, [one], apart=False)),
        **_under("monitoring", monitoring(_zones(home, [one], "edge", "ward"), f"../{base}")),
    }


def care_home(home: Home, base: str) -> Files:
    rooms = [Room(device, f"veilward-{device.id}", device.id, node=True, link="lan") for device in home.devices()]
    about = "A node for each room device, one for the edge and one for the ward: label and taint them\n" + _labels(
        rooms
    )
    about += "kubectl label node EDGE veilward/zone=edge; kubectl label node WARD veilward/zone=ward"
    folders = (*(one.device.id for one in rooms), "edge", "ward")
    return {
        "kustomization.yaml": _whole(home, about, folders),
        **_rooms(home, rooms, base),
        **_under("edge", edge(home, f"../{base}", node=True)),
        **_under("ward", ward(home, [one.device.id for one in rooms], f"../{base}", node=True)),
        **_under("keys", keys(home, rooms, apart=False)),
        **_under("monitoring", monitoring(_zones(home, rooms, "edge", "ward"), f"../{base}")),
    }


def cloud_edge(home: Home, base: str) -> Files:
    apart = home.installation.edge
    if apart is None:
        raise SiteError(home.path, "installation.edge", "is needed: where the edge's cluster is")
    rooms = [
        Room(device, f"veilward-{device.id}", f"{home.site.site}.{device.id}", node=True, link=apart.link, edge=apart)
        for device in home.devices()
    ]
    about = "The home's own cluster: a node for each room device, and one for the ward; label and taint them\n"
    about += _labels(rooms) + "kubectl label node WARD veilward/zone=ward"
    inside = {
        "kustomization.yaml": _whole(home, about, (*(one.device.id for one in rooms), "ward"), ("room", "ward")),
        **_rooms(home, rooms, f"../{base}"),
        **_under("ward", ward(home, [one.device.id for one in rooms], f"../../{base}", node=True)),
        **_under("monitoring", monitoring(_zones(home, rooms, "ward"), f"../../{base}")),
    }
    outside = {
        "kustomization.yaml": _whole(home, "The edge's cluster.", ("edge",), ("edge",)),
        **_under("edge", edge_apart(home, apart, f"../../{base}")),
        **_under("monitoring", monitoring(_zones(home, [], "edge"), f"../../{base}")),
    }
    return {**_under("home", inside), **_under("cloud", outside), **_under("keys", keys(home, rooms, apart=True))}


KINDS: Mapping[str, Callable[[Home, str], Files]] = {
    "single-node": single_node,
    "care-home": care_home,
    "cloud-edge": cloud_edge,
}


def _rooms(home: Home, rooms: list[Room], base: str) -> Files:
    found: Files = {}
    for one in rooms:
        found |= _under(one.device.id, room(home, one, f"../{base}"))
    return found


def _zones(home: Home, rooms: list[Room], *others: str) -> dict[str, list[str]]:
    """The namespaces of each zone, and of test rooms."""
    found = {"room": [one.namespace for one in rooms]} if rooms else {}
    probed = [one.namespace for one in rooms if home.test_camera(one.device.rooms) is not None]
    return found | {zone: [f"veilward-{zone}"] for zone in others} | ({"test room": probed} if probed else {})


def _labels(rooms: list[Room]) -> str:
    return "".join(
        f"kubectl label node DEVICE veilward/room={one.device.id}; "
        f"kubectl taint node DEVICE veilward/room={one.device.id}:NoSchedule\n"
        for one in rooms
    )


def _whole(home: Home, about: str, folders: tuple[str, ...], zones: tuple[str, ...] = ("room", "edge", "ward")) -> str:
    return kustomization(f"{home.site.site}: {about}", resources=list(folders), images=_images(home, zones))


def _images(home: Home, zones: tuple[str, ...]) -> list[Object]:
    registry = home.installation.registry
    ours = sorted({image for zone in zones for image in OURS[zone]})
    theirs = sorted({image for zone in zones for image in THEIRS[zone]})
    return [
        *(
            {"name": f"registry.veilward.internal/veilward/{one}", "newName": f"{registry}/veilward/{one}"}
            for one in ours
        ),
        *({"name": f"docker.io/library/{one}", "newName": f"{registry}/library/{one}"} for one in theirs),
    ]


def _under(folder: str, files: Files) -> Files:
    return {str(PurePosixPath(folder) / name): text for name, text in files.items()}
