"""Everything on this machine: NATS hub and leaf, Redis, five services, with throw-away state.

Zones have folders of their own under one temporary directory (0700): room, edge, ward. Each service gets only its own
settings and certificates. What is in `services`, and `hub`, `leaf` and `redis`, can be killed and started again.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from localsite import parties
from localsite.pki import DEMO_DOMAIN, Pki, make_pki
from localsite.servers import NatsServer, RedisServer, ServerError, start_hub, start_leaf, start_redis
from localsite.service import Service
from snni.model.plan import Plan

SITE, WARD, ROOM = "demo", "ward-1", "room-1"
CAMERA = "cam-1"
POOL_TARGET = 3

Say = Callable[[str], None]


def free_port() -> int:
    """A TCP port that nobody listens on now; for services that must come back on the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_site(path: Path, cameras: dict[str, str]) -> None:
    """site.yaml with one ward, one room, and cameras by id and token."""
    entries = [
        {"id": camera, "name": "Above the bed", "token_sha256": hashlib.sha256(token.encode()).hexdigest()}
        for camera, token in cameras.items()
    ]
    room = {"id": ROOM, "name": "Room 1", "cameras": entries}
    path.write_text(yaml.safe_dump({"site": SITE, "wards": [{"id": WARD, "name": "Demo ward", "rooms": [room]}]}))


@dataclass
class Stack:
    """Starts with `start`, ends with `close`; usable as a context manager."""

    bundle: Path
    say: Say = lambda text: None
    cameras: tuple[str, ...] = (CAMERA,)
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="veilward-"))
        self.plan = Plan.load(self.bundle / "plan.json")
        self.tokens = {camera: secrets.token_hex(24) for camera in self.cameras}
        self.services: dict[str, Service] = {}
        self.hub: NatsServer
        self.leaf: NatsServer
        self.redis: RedisServer
        self.pki: Pki

    def __enter__(self) -> Stack:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> Stack:
        """Servers, then services; keyframe is left to `start_keyframe`, once its period is known."""
        self.say("making certificates")
        for zone in ("room", "edge", "ward"):
            (self.root / zone).mkdir(mode=0o700)
        self.pki = make_pki(self.root / "pki")
        self.site_file = self.root / "site.yaml"
        write_site(self.site_file, self.tokens)
        self.say("starting NATS (hub and leaf) and Redis")
        self.hub = start_hub(self.root / "ward" / "nats", self.pki)
        self.leaf = start_leaf(self.root / "room" / "nats", self.pki, self.hub)
        self.redis = start_redis(self.root / "ward" / "redis")
        self._provision()
        self.say("starting the ward's dashboard, the edge and the room's services")
        self._add(self._alerts()).start()
        edge = free_port()
        more = {"listen_port": edge} | self._more("snni_server")
        self._add(parties.server(self.bundle, self.root / "edge", self.pki, **more)).start()
        self._add(self._ingest()).start()
        self._add(self._snni_client(edge)).start()
        for service in self.services.values():
            service.ports()
        return self

    def _more(self, name: str) -> dict[str, object]:
        return self.overrides.get(name, {})

    def _add(self, service: Service) -> Service:
        self.services[service.name] = service
        return service

    def bus(self, name: str) -> dict[str, object]:
        """The settings of a service's connection to its NATS server."""
        certificate, key, ca = self.pki.cert(f"bus_{name}")
        url = self.hub.url if name == "alerts" else self.leaf.url
        return {"nats_url": url, "nats_ca": ca, "nats_cert": certificate, "nats_key": key}

    def _provision(self) -> None:
        bridge = Service("bridge", "services.bus.provision", "BRIDGE", self.bus("bridge"), self.root / "room").start()
        if bridge.wait(30):
            raise ServerError(f"the leaf's streams could not be made\n{bridge.log.read_text()[-2000:]}")

    def _alerts(self) -> Service:
        ward = self.root / "ward"
        settings = self.bus("alerts") | {
            "redis_url": self.redis.url,
            "site_file": self.site_file,
            "audit_file": ward / "audit.jsonl",
            "room_domains": f'["{DEMO_DOMAIN}"]',
            "http_port": free_port(),
        }
        return Service("alerts", "services.alerts.main", "ALERTS", settings | self._more("alerts"), ward)

    def _ingest(self) -> Service:
        certificate, key, _ = self.pki.cert("ingest_web")
        settings = self.bus("ingest") | {
            "site_file": self.site_file,
            "tls_cert": certificate,
            "tls_key": key,
            "ice_addresses": '["127.0.0.1"]',
        }
        room = self.root / "room"
        return Service("ingest", "services.ingest.main", "INGEST", settings | self._more("ingest"), room)

    def _snni_client(self, edge_port: int) -> Service:
        certificate, key, ca = self.pki.cert("snni_client")
        settings = self.bus("snni_client") | {
            "site_file": self.site_file,
            "edge_url": f"snni://127.0.0.1:{edge_port}",
            "plan_hash": self.plan.plan_hash,
            "certificate": certificate,
            "key": key,
            "ca": ca,
            "pool_target": POOL_TARGET,
        }
        room = self.root / "room"
        return Service(
            "snni_client", "services.snni_client.main", "SNNI_CLIENT", settings | self._more("snni_client"), room
        )

    def kill(self, name: str) -> None:
        """SIGKILL a service, "hub", "leaf" or "redis"."""
        target = getattr(self, name) if name in ("hub", "leaf", "redis") else self.services[name]
        target.kill()

    def start_again(self, name: str) -> None:
        """Start what was killed, on its former port and with its former state."""
        ward = self.root / "ward"
        match name:
            case "hub":
                ports = {"leafnode_port": self.hub.leafnode_port, "client_port": self.hub.client_port}
                self.hub = start_hub(ward / "nats", self.pki, **ports)
            case "leaf":
                port = self.leaf.client_port
                self.leaf = start_leaf(self.root / "room" / "nats", self.pki, self.hub, client_port=port)
            case "redis":
                self.redis = start_redis(ward / "redis")
            case _:
                self.services[name].start()

    def start_keyframe(self, period_s: float) -> Service:
        """The last link of the room's chain. period_s: seconds between two periodic keyframes of a camera."""
        settings = self.bus("keyframe") | {"site_file": self.site_file, "period_s": period_s}
        room = self.root / "room"
        service = Service("keyframe", "services.keyframe.main", "KEYFRAME", settings | self._more("keyframe"), room)
        return self._add(service).start()

    def wait_pool(self, timeout_s: float = 300.0) -> float:
        """Until the room's pool is full; the seconds that one more inference's preparation takes."""
        client = self.services["snni_client"]
        end = time.monotonic() + timeout_s
        shown = -1
        while time.monotonic() < end and client.running:
            made = [event for event in client.events() if event["event"] == "made"]
            if len(made) != shown:
                shown = len(made)
                self.say(f"preparing secure inferences: {min(shown, POOL_TARGET)} of {POOL_TARGET} ready")
            if shown >= POOL_TARGET:
                return refill_s(client)
            time.sleep(0.2)
        raise ServerError(f"the pool did not fill\n{client.log.read_text()[-3000:]}")

    @property
    def dashboard_url(self) -> str:
        return f"http://127.0.0.1:{self.services['alerts'].ports()['http']}/"

    def whip_url(self, camera: str = CAMERA) -> str:
        return f"https://localhost:{self.services['ingest'].ports()['whip']}/whip/{camera}"

    def sample_memory(self) -> None:
        """Note every service's peak."""
        for service in self.services.values():
            service.sample_memory()

    def close(self) -> None:
        """Stop everything, the camera's side first, and remove the directory."""
        order = ("keyframe", "ingest", "snni_client", "alerts", "snni_server")
        for name in order:
            if name in self.services:
                self.services[name].stop()
        for server in ("redis", "leaf", "hub"):
            if hasattr(self, server):
                getattr(self, server).stop()
        shutil.rmtree(self.root, ignore_errors=True)


def refill_s(client: Service) -> float:
    """Measured seconds between two prepared inferences: the linear batch's share and one nonlinear phase."""
    from datetime import datetime

    events = [event for event in client.events() if event["event"] in ("linear_started", "linear_made", "made")]
    times = [(event["event"], datetime.fromisoformat(event["ts"]).timestamp()) for event in events]
    made = [moment for name, moment in times if name == "made"]
    return (made[-1] - made[0]) / max(1, len(made) - 1)
