"""A ward for tests: a site file, the services of its rooms as publishers on the leaf, and the alerts process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from services.bus.messages import CameraRef, Envelope, PainMessage, StateMessage
from services.bus.nats_bus import Bus
from services.bus.site import Site
from services.runtime.ports import read_port_file
from tests.support.servers import NatsPair, eventually

ROOMS = {
    "room-1": "Room 1",
    "room-2": "Room 2",
    "room-3": "Room 3",
    "room-4": "Room 4",
    "room-5": "Room 5",
    "room-6": "Room 6",
    "room-7": "Room 7",
    "room-8": "Room 8",
    "room-9": "Room 9",
}


def site_file(directory: Path, rooms: dict[str, str] = ROOMS) -> Path:
    """Write a site of one ward, one camera a room (cam-<room>), two in room-2."""
    lines = ["site: home", "wards:", "  - id: ward-1", "    name: Garden ward", "    rooms:"]
    for room, name in rooms.items():
        lines += [f"      - id: {room}", f"        name: {name}", "        cameras:"]
        for camera, label in [(f"cam-{room}", "Bed")] + ([("cam-chair", "Armchair")] if room == "room-2" else []):
            lines += [
                f"          - id: {camera}",
                f"            name: {label}",
                f"            token_sha256: {'a' * 64}",
            ]
    path = directory / "site.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def make_site(directory: Path, rooms: dict[str, str] = ROOMS) -> Site:
    return Site.load(site_file(directory, rooms))


def ref(room: str, camera: str | None = None) -> CameraRef:
    return CameraRef(site="home", ward="ward-1", room=room, camera=camera or f"cam-{room}")


class Epoch:
    """One producer's numbering, per camera and kind."""

    def __init__(self) -> None:
        self.producer = uuid.uuid4().hex
        self._counts: dict[tuple[str, str], int] = {}

    def envelope(self, camera: CameraRef, kind: str, captured: datetime, published: datetime) -> Envelope:
        number = self._counts[camera.camera, kind] = self._counts.get((camera.camera, kind), 0) + 1
        return Envelope(
            camera=camera, sequence=number, producer=self.producer, captured_at=captured, published_at=published
        )

    def pain(self, room: str, level: int, captured: datetime, camera: str | None = None) -> PainMessage:
        """A level, published 0.9 s after its frame was captured."""
        published = captured + timedelta(seconds=0.9)
        return PainMessage(
            envelope=self.envelope(ref(room, camera), "pain", captured, published),
            level=level,
            model="squeezenet-224",
            plan_hash="0" * 16,
            keyframe_at=captured,
            snni_online_s=0.6,
            snni_offline_s=1.0,
            bytes_online=1000,
            bytes_offline=1000,
            inference=1,
            stages={"ingest": 0.03, "keyframe": 0.1, "claimed": 0.15, "scored": 0.9},
        )

    def state(self, room: str, component: str, status: str, since: datetime, camera: str | None = None) -> StateMessage:
        """A component's word on a camera."""
        return StateMessage(
            envelope=self.envelope(ref(room, camera), component, since, since),
            component=component,
            status=status,
            since=since,
        )


class Rooms:
    """The services of the rooms, on the leaf."""

    def __init__(self, buses: dict[str, Bus]) -> None:
        self._buses = buses
        self.epoch = Epoch()

    async def pain(self, room: str, level: int, ago_s: float = 0.9, camera: str | None = None) -> PainMessage:
        """Publish a level captured ago_s ago."""
        message = self.epoch.pain(room, level, datetime.now(UTC) - timedelta(seconds=ago_s), camera)
        await self._buses["snni_client"].publish_durable(message)
        return message

    async def state(
        self, room: str, component: str, status: str, ago_s: float = 0.0, camera: str | None = None
    ) -> None:
        """Publish a status that began ago_s ago."""
        since = datetime.now(UTC) - timedelta(seconds=ago_s)
        await self._buses[component].publish_durable(self.epoch.state(room, component, status, since, camera))


@asynccontextmanager
async def rooms_on(pair: NatsPair) -> AsyncIterator[Rooms]:
    """Connected publishers; every stream exists."""
    await pair.wait_joined()
    await pair.provision()
    async with pair.bus("ingest") as ingest, pair.bus("keyframe") as keyframe, pair.bus("snni_client") as snni_client:
        yield Rooms({"ingest": ingest, "keyframe": keyframe, "snni_client": snni_client})


class AlertsProcess:
    """`python -m services.alerts.main` with its own site, audit log and ports."""

    def __init__(self, pair: NatsPair, redis_url: str, directory: Path, **settings: str) -> None:
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.audit = directory / "audit.jsonl"
        self.log = directory / "alerts.log"
        self._ports = directory / "ports.json"
        self._child: subprocess.Popen[bytes] | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("VEILWARD_")},
            **pair.environment("alerts"),
            "VEILWARD_ALERTS_REDIS_URL": redis_url,
            "VEILWARD_ALERTS_SITE_FILE": str(site_file(directory)),
            "VEILWARD_ALERTS_AUDIT_FILE": str(self.audit),
            "VEILWARD_ALERTS_PORT_FILE": str(self._ports),
            "VEILWARD_ALERTS_ROOM_DOMAINS": f'["{pair.domain}"]',
            **{f"VEILWARD_ALERTS_{name.upper()}": value for name, value in settings.items()},
        }
        self.port = self.health_port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, ready: bool = True) -> None:
        """Start it and wait for its ports, and for readiness."""
        self._ports.unlink(missing_ok=True)
        self._spawn()

        async def bound() -> dict[str, int] | None:
            assert self._child is not None
            assert self._child.poll() is None, self.log.read_text()
            return read_port_file(self._ports)

        ports = await eventually(bound)
        assert isinstance(ports, dict)
        self.port, self.health_port = ports["http"], ports["health"]
        if ready:
            await eventually(self.ready)

    def _spawn(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "services.alerts.main"]
            self._child = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    async def ready(self) -> bool:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.health_port}/readyz")).status_code == 200

    async def snapshot(self) -> dict[str, object]:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url}/api/v1/ward/ward-1")
            found: dict[str, object] = answer.raise_for_status().json()
            return found

    async def metrics(self) -> str:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.health_port}/metrics")).text

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit status."""
        assert self._child is not None
        self._child.send_signal(number)
        try:
            return self._child.wait(15)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
            raise


@asynccontextmanager
async def alerts_process(
    pair: NatsPair, redis_url: str, directory: Path, **settings: str
) -> AsyncIterator[AlertsProcess]:
    """A running, ready alerts process; killed afterwards if it still runs."""
    process = AlertsProcess(pair, redis_url, directory, **settings)
    await process.start()
    try:
        yield process
    finally:
        process.end(signal.SIGKILL)
