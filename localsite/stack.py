"""Everything on this machine: NATS hub and leaf, Redis, five services, with throw-away state.

Zones have folders of their own under one temporary directory (0700): room, edge, ward. Each service gets only its own
settings and certificates. Each service, and "hub", "leaf" and "redis", can be killed and started again.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from localsite import parties
from localsite.consenting import record_consents
from localsite.links.link import LINKS, Link
from localsite.links.mesh import Mesh
from localsite.nats_pair import NatsPair, start_pair
from localsite.parties import HERE
from localsite.pki import DEMO_DOMAIN, Pki, make_pki
from localsite.pool_filling import POOL_TARGET, wait_full
from localsite.process import START_TIMEOUT_S, Process, ProcessError
from localsite.redis_server import RedisServer, start_redis
from localsite.service import Service
from localsite.share_servers import WHO_ASKS, ShareServers
from localsite.site_file import PROBE, write_site
from services.alerts.audit.signature import make_keys
from services.bus.models import CROP_SHAPES
from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.multiparty.roles import Setting
from snni.multiparty.select import rows

CAMERA = "cam-1"
CLIP_FRAMES = 5
CLIP_EVERY_S = 30.0
"""Of clips, where share servers compute: the crops of ten seconds are as many."""
LOOKED_AT = "0,4"
"""Of them, where servers prove: of a large network each frame more takes nearly a gigabyte of every one of them."""

Say = Callable[[str], None]


@dataclass
class Stack:
    """Starts with `start`, ends with `close`; usable as a context manager.

    overrides: settings by service that differ from the defaults. mode: who computes on the crops, as snni_client's.
    probed: there is a test room, in which `start_probe` shows a hurting drawn face. link: between the room and whoever
    computes, and among the latter.
    """

    bundle: Path
    say: Say = lambda text: None
    cameras: tuple[str, ...] = (CAMERA,)
    overrides: dict[str, dict[str, object]] = field(default_factory=dict)
    mode: str = "two-party"
    probed: bool = False
    link: Link = LINKS["loopback"]

    def __post_init__(self) -> None:
        self.plan = Plan.load(self.bundle / "plan.json")
        self.services: dict[str, Service] = {}
        self._token = ""
        self.root: Path
        self.mesh: Mesh
        self.tokens: dict[str, str]
        self.nats: NatsPair
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
        self.root = Path(tempfile.mkdtemp(prefix="veilward-"))
        self.mesh = Mesh(self.link, self.root / "links")
        self.say("making certificates")
        for zone in ("room", "edge", "ward"):
            (self.root / zone).mkdir(mode=0o700)
        room, ward = self.root / "room", self.root / "ward"
        self.pki = make_pki(self.root / "pki")
        cut = cut_for(self.plan)
        crops, probe = dict.fromkeys(self.cameras, cut), cut if self.probed else None
        self.tokens = write_site(self.root / "site.yaml", self.cameras, crops=crops, probe=probe)
        make_keys(ward / "consent.key", room / "consent.pub")
        make_keys(ward / "audit.key", ward / "audit.pub")
        self.say("starting NATS (hub and leaf) and Redis")
        self.nats = start_pair(self.root, self.pki, hub_directory=ward / "nats", leaf_directory=room / "nats")
        self.redis = start_redis(ward / "redis")
        self._provision()
        self.say("starting the ward's dashboard, the edge and the room's services")
        alerts = self._start(self._alerts())
        asked = self._start_servers()
        self._start(self._ingest())
        self._start(self._snni_client(asked))
        alerts.stay_on(http_port="http")
        for service in self.services.values():
            service.ports()
        self.say("recording the cameras' consents")
        record_consents(alerts, self.dashboard_url, self.cameras)
        return self

    def _start(self, service: Service) -> Service:
        self.services[service.name] = service
        return service.start()

    def _service(self, name: str, directory: Path, settings: dict[str, object]) -> Service:
        common = self.nats.connection(name) | {"site_file": self.root / "site.yaml"}
        return Service(name, common | settings | self.overrides.get(name, {}), directory)

    def _provision(self) -> None:
        settings = self.nats.connection("bridge")
        bridge = Service("bridge", settings, self.root / "room", module="services.bus.provision").start()
        if bridge.wait(START_TIMEOUT_S):
            raise ProcessError(f"the leaf's streams could not be made\n{bridge.log_end()}")

    def _edge(self) -> Service:
        return parties.server(self.bundle, self.root / "edge", self.pki, settings=self.overrides.get("snni_server"))

    def _start_servers(self) -> dict[str, object]:
        """The edge, or the share servers; whom the room is to ask, as settings of its."""
        for setting in (one for one in Setting if one.mode == self.mode):
            bundle, shares = Bundle.load(self.bundle), self.root / "edge"
            chosen = rows(LOOKED_AT if setting.proved else "all", CLIP_FRAMES)
            reach = self.mesh.reach
            servers = ShareServers(bundle, shares, self.pki, selection=chosen, setting=setting, reach=reach).start()
            self.services |= {f"share_{role.value}": one for role, one in servers.services.items()}
            return {"mode": self.mode, "peers_file": servers.peers, "clip_every_s": CLIP_EVERY_S}
        edge = self._start(self._edge())
        port = edge.ports()["snni"]
        edge.stay_on(listen_port="snni")
        host, reached = self.mesh.reach(WHO_ASKS, edge.name, HERE.host, port)
        return {"edge_url": f"snni://{host}:{reached}"}

    def _alerts(self) -> Service:
        ward = self.root / "ward"
        settings: dict[str, object] = {"redis_url": self.redis.url, "audit_file": ward / "audit.jsonl"}
        settings |= {"consent_key": ward / "consent.key", "audit_key": ward / "audit.key"}
        return self._service("alerts", ward, settings | {"room_domains": f'["{DEMO_DOMAIN}"]'})

    def _ingest(self) -> Service:
        certificate, key, _ = self.pki.cert("ingest_web")
        room = self.root / "room"
        settings: dict[str, object] = {"tls_cert": certificate, "tls_key": key, "ice_addresses": '["127.0.0.1"]'}
        settings |= {"consent_keys": room / "consent.pub", "consent_store": room / "consent"}
        return self._service("ingest", self.root / "room", settings)

    def _snni_client(self, asked: dict[str, object]) -> Service:
        certificate, key, ca = self.pki.cert("snni_client")
        settings: dict[str, object] = {"certificate": certificate, "key": key, "ca": ca}
        settings |= asked | {"plan_hash": self.plan.plan_hash}
        return self._service("snni_client", self.root / "room", settings | {"pool_target": POOL_TARGET})

    def start_keyframe(self, period_s: float) -> Service:
        """The last link of the room's chain. period_s: seconds between two periodic keyframes of a camera."""
        return self._start(self._service("keyframe", self.root / "room", {"period_s": period_s}))

    def start_probe(self, camera: str = PROBE, **settings: object) -> Service:
        """The virtual camera, of the test room or before a resident: a show at once, then as the settings say."""
        room = self.root / "room"
        token = room / "probe.token"
        token.write_text(self.tokens[camera])
        given: dict[str, object] = {"whip_url": self.whip_url(camera), "token_file": token}
        given["ca"] = self.pki.cert("ingest_web")[2]
        return self._start(Service("probe", given | settings, room))

    def process(self, name: str) -> Process:
        """A service's process, or that of "hub", "leaf" or "redis"."""
        match name:
            case "hub":
                return self.nats.hub.process
            case "leaf":
                return self.nats.leaf.process
            case "redis":
                return self.redis.process
            case _:
                return self.services[name]

    def kill(self, name: str) -> None:
        """SIGKILL a service, "hub", "leaf" or "redis"."""
        self.process(name).kill()

    def start_again(self, name: str) -> None:
        """Start what was killed, on its former port and with its former state."""
        match name:
            case "hub":
                self.nats.restart_hub()
            case "leaf":
                self.nats.restart_leaf()
            case "redis":
                self.redis = start_redis(self.root / "ward" / "redis")
            case _:
                self.services[name].start()

    def wait_pool(self) -> float:
        """Until the room's pool is full; the seconds that one more inference's preparation takes. ProcessError."""
        return wait_full(self.services["snni_client"], self.say)

    @property
    def dashboard_url(self) -> str:
        return f"http://127.0.0.1:{self.services['alerts'].ports()['http']}/"

    def viewer_link(self) -> str:
        """A one-time link that lets somebody into the dashboard, who may see, act and look after people. It leads to
        the first page: nobody chooses a password for one evening."""
        options = ("--name", "Demo viewer", "--role", "overseer", "--every-ward", "--url", self.dashboard_url)
        return self.services["alerts"].answer("people", "add", "viewer", *options) + "?next=/"

    def viewer_token(self) -> str:
        """What a program that reads the dashboard carries; the same at every call."""
        if not self._token:
            options = ("--scope", "see", "--every-ward", "--days", "1")
            self._token = self.services["alerts"].answer("people", "token", "watch", *options)
        return self._token

    def whip_url(self, camera: str = CAMERA) -> str:
        return f"https://localhost:{self.services['ingest'].ports()['whip']}/whip/{camera}"

    def sample_memory(self) -> None:
        """Note every service's peak."""
        for service in self.services.values():
            service.sample_memory()

    def close(self) -> None:
        """Stop everything, the camera's side first, and remove the directory."""
        shares = tuple(name for name in self.services if name.startswith("share_"))
        for name in ("probe", "keyframe", "ingest", "snni_client", "alerts", "snni_server", *shares):
            if name in self.services:
                self.services[name].stop()
        if hasattr(self, "mesh"):
            self.mesh.close()
        if hasattr(self, "redis"):
            self.redis.stop()
        if hasattr(self, "nats"):
            self.nats.stop()
        if hasattr(self, "root"):
            shutil.rmtree(self.root, ignore_errors=True)


def cut_for(plan: Plan) -> str:
    """The format of the crops that the plan takes. Raises ProcessError: no room cuts such."""
    if plan.crop_format not in CROP_SHAPES:
        raise ProcessError(f"the network {plan.name} takes {plan.crop_format}; rooms cut {', '.join(CROP_SHAPES)}")
    return plan.crop_format
