"""The overlay of a room device: its namespace, node, JetStream domain, identities, cameras and policies."""

from __future__ import annotations

import json
from dataclasses import dataclass

from services.bus.identities import leaf_remote, spiffe
from services.bus.nats_config import LeafOptions, leaf_config
from services.site.installation import Device, Edge
from services.site.overlay.home import Home
from services.site.overlay.kustomization import Object, dump, environment, kustomization, peers, placed, replaced

BASE = "veilward-room"
"""The namespace of the manifests."""


@dataclass(frozen=True)
class Room:
    """namespace: the device's. client: the name of its half of inference, which the edge counts sessions by.

    node: whether it has a node of its own. link: what joins it to the edge. edge: where that is, in another cluster.
    """

    device: Device
    namespace: str = BASE
    client: str = "0"
    node: bool = False
    link: str = "loopback"
    edge: Edge | None = None


def room(home: Home, one: Room, base: str) -> dict[str, str]:
    """Its files. base: the way from their folder to deploy/k8s."""
    installation, probed = home.installation, home.test_camera(one.device.rooms)
    certificates = installation.certificates == "cert-manager"
    components = [f"{base}/cert-manager/room"] if certificates else []
    return {
        "kustomization.yaml": kustomization(
            f"The device {one.device.id}, which serves {', '.join(one.device.rooms)}.",
            namespace=one.namespace,
            resources=[f"{base}/room"],
            components=[*components, *([] if probed is None else [f"{base}/probe"])],
            configMapGenerator=[
                {"name": "site", "behavior": "replace", "files": ["site.yaml"]},
                {"name": "nats-leaf", "behavior": "merge", "files": ["leaf.conf"]},
                {"name": "veilward-network", "literals": [f"plan_hash={installation.plan_hash}"]},
            ],
            patches=[
                *([_named(one.namespace)] if one.namespace != BASE else []),
                *([placed("veilward/room", one.device.id)] if one.node else []),
                *_settings(one),
                *([] if probed is None else [_shows_by(probed)]),
                *_policies(home, one),
                *(_identities(one) if certificates else []),
            ],
        ),
        "leaf.conf": leaf_config(LeafOptions(domain=one.device.id)),
        "site.yaml": dump(home.part(one.device.rooms)),
    }


def _named(namespace: str) -> Object:
    return replaced({"kind": "Namespace"}, ("replace", "/metadata/name", namespace))


def _settings(one: Room) -> list[Object]:
    announced = json.dumps(one.device.announced)
    found = [environment("StatefulSet", "ingest", {"VEILWARD_INGEST_MEDIA_ANNOUNCED": announced})]
    dialling = {"VEILWARD_SNNI_CLIENT_LINK": one.link} if one.link != "loopback" else {}
    if one.edge is not None:
        dialling["VEILWARD_SNNI_CLIENT_EDGE_URL"] = f"snni://{one.edge.host}:{one.edge.port}"
    return [*found, *([environment("Deployment", "snni-client", dialling)] if dialling else [])]


def _shows_by(camera: str) -> Object:
    url = f"https://veilward-ingest:8443/whip/{camera}"
    return environment("Deployment", "probe", {"VEILWARD_PROBE_WHIP_URL": url})


def _policies(home: Home, one: Room) -> list[Object]:
    cameras = home.installation.cameras
    found = [peers("cameras-to-ingest-in", "ingress", cameras), peers("ingest-to-cameras-out", "egress", cameras)]
    if one.edge is None:
        return found
    out = replaced(
        {"kind": "NetworkPolicy", "name": "snni-client-to-server-out"},
        ("replace", "/spec/egress/0/to", [{"ipBlock": {"cidr": block}} for block in one.edge.blocks]),
        ("replace", "/spec/egress/0/ports/0/port", one.edge.port),
    )
    return [*found, out]


def _identities(one: Room) -> list[Object]:
    names = {
        "veilward-nats-leaf-remote": ("/spec/uris", [leaf_remote(one.device.id).uri]),
        "veilward-snni-client-snni": ("/spec/uris", [spiffe("room", "snni_client", one.client)]),
        "veilward-ingest-web": ("/spec/dnsNames", [one.device.name, "veilward-ingest"]),
        "veilward-nats-leaf-server": (
            "/spec/dnsNames",
            ["veilward-nats-leaf", f"veilward-nats-leaf.{one.namespace}.svc"],
        ),
    }
    return [
        replaced({"kind": "Certificate", "name": name}, ("replace", path, value))
        for name, (path, value) in names.items()
    ]
