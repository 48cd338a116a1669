"""What `deploy/certificates/issue DIR/keys` makes for a home, and the kustomization that makes secrets of it.

keys/table                the certificates, one a line; none where cert-manager issues them
keys/kustomization.yaml   applied to the home's cluster, beside the overlay
keys/secrets/edge/        the same for an edge in a cluster of its own
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.bus.identities import leaf_remote, spiffe
from services.site.overlay.home import Home
from services.site.overlay.kustomization import API, MADE, Object, dump_block
from services.site.overlay.room import BASE, Room

TABLE = "# secret, authority, SPIFFE id, side, names by which servers are dialled.\n"
IGNORED = "".join(
    f"{name}\n" for name in ("*.crt", "*.key", "*.pem", "*.pub", "/authorities", "password", "url", "users.acl")
)
FILES = ("tls.crt", "tls.key", "ca.crt")


@dataclass(frozen=True)
class Issued:
    """A certificate. folder: its secret's, below keys/secrets; the last part is the secret's name."""

    namespace: str
    folder: str
    authority: str
    uri: str
    side: str
    names: str = "-"

    @property
    def line(self) -> str:
        """Of the table."""
        return " ".join((self.folder, self.authority, self.uri, self.side, self.names)) + "\n"


def keys(home: Home, rooms: Sequence[Room], *, apart: bool) -> dict[str, str]:
    """The files. apart: the edge is in a cluster of its own."""
    inside = [one for room in rooms for one in _room(room)] + _ward(home)
    edge = [_edge("edge/" if apart else "")]
    if home.installation.certificates == "cert-manager":
        inside, edge = [], []
    by_zone = {"": inside, "edge": edge} if apart else {"": [*inside, *edge]}
    found = {
        ".gitignore": IGNORED,
        "table": TABLE + "".join(one.line for issued in by_zone.values() for one in issued),
        "kustomization.yaml": _secrets([*_certificates(by_zone[""], "secrets"), *_own()], rooms),
    }
    if by_zone.get("edge"):
        found["secrets/edge/kustomization.yaml"] = _secrets(_certificates(edge, ".."), ())
    return found


def _room(one: Room) -> list[Issued]:
    space, under = one.namespace, "" if one.namespace == BASE else f"{one.device.id}/"
    leaf = f"veilward-nats-leaf,veilward-nats-leaf.{space}.svc"
    bus = [
        Issued(space, f"{under}veilward-{name.replace('_', '-')}-bus", "bus-room", spiffe("room", name), "client")
        for name in ("ingest", "keyframe", "snni_client", "bridge")
    ]
    return [
        Issued(space, f"{under}veilward-nats-leaf-server", "bus-room", spiffe("room", "nats"), "server", leaf),
        Issued(space, f"{under}veilward-nats-leaf-remote", "bus-ward", leaf_remote(one.device.id).uri, "client"),
        *bus,
        Issued(space, f"{under}veilward-snni-client-snni", "snni", spiffe("room", "snni_client", one.client), "client"),
        Issued(
            space,
            f"{under}veilward-ingest-web",
            "web",
            spiffe("room", "ingest"),
            "server",
            f"{one.device.name},veilward-ingest",
        ),
    ]


def _edge(under: str) -> Issued:
    uri = spiffe("edge", "snni_server")
    return Issued("veilward-edge", f"{under}veilward-snni-server-snni", "snni", uri, "server", "veilward-snni-server")


def _ward(home: Home) -> list[Issued]:
    space, bus = "veilward-ward", "bus-ward"
    hub, page = "veilward-nats-hub,veilward-nats-hub.veilward-ward.svc", home.installation.dashboard
    return [
        Issued(space, "veilward-nats-hub-server", bus, spiffe("ward", "nats"), "server", hub),
        Issued(space, "veilward-alerts-bus", bus, spiffe("ward", "alerts"), "client"),
        Issued(space, "veilward-redis-server", bus, spiffe("ward", "redis"), "server", "veilward-redis"),
        Issued(space, "veilward-postgres-server", bus, spiffe("ward", "postgres"), "server", "veilward-postgres"),
        Issued(space, "veilward-alerts-web", "web", spiffe("ward", "alerts"), "server", page),
    ]


def _certificates(issued: Sequence[Issued], top: str) -> list[Object]:
    return [_secret(one.folder.rpartition("/")[2], one.namespace, f"{top}/{one.folder}", FILES) for one in issued]


def _own() -> list[Object]:
    """What has no certificate."""
    held = {
        "veilward-consent-key": ("private.pem",),
        "veilward-alerts-audit": ("audit.pem",),
        "veilward-redis": ("users.acl", "url"),
        "veilward-postgres": ("password", "url"),
    }
    return [_secret(name, "veilward-ward", f"secrets/{name}", files) for name, files in held.items()]


def _secret(name: str, namespace: str, folder: str, files: Sequence[str]) -> Object:
    return {"name": name, "namespace": namespace, "files": [f"{folder}/{file}" for file in files]}


def _secrets(secrets: Sequence[Object], rooms: Sequence[Room]) -> str:
    maps = [{"name": "veilward-ward-keys", "namespace": one.namespace, "files": ["ward/keys.pem"]} for one in rooms]
    head = f"# Secrets of what `deploy/certificates/issue` made here.\n# {MADE}"
    options = {"disableNameSuffixHash": True, "labels": {"app.kubernetes.io/part-of": "veilward"}}
    content = {
        "apiVersion": API,
        "kind": "Kustomization",
        "generatorOptions": options,
        "secretGenerator": list(secrets),
    }
    return head + dump_block(content | ({"configMapGenerator": maps} if maps else {}))
