"""A ward for tests: a site file, the services of its rooms as publishers on the leaf, and the alerts process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from localsite.nats_pair import NatsPair
from localsite.service import Service
from services.alerts.people.tokens import Tokens, TokenScope
from services.alerts.records.database import Database
from services.bus.errors import BusUnavailable
from services.bus.messages import CameraRef, ClipMessage, Envelope, PainMessage, StateMessage
from services.bus.nats_bus import Bus
from services.site.file import load_site
from services.site.records import Site
from tests.support.waiting import PATIENCE_S, eventually

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
    return load_site(site_file(directory, rooms))


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

    def pain(
        self, room: str, level: int, captured: datetime, camera: str | None = None, published: datetime | None = None
    ) -> PainMessage:
        """A level, published 0.9 s after its frame was captured unless it is said when."""
        published = published or captured + timedelta(seconds=0.9)
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

    def clip(self, room: str, level: int, captured: datetime, camera: str | None = None, crops: int = 3) -> ClipMessage:
        """The label of the ten seconds before `captured`, published a second later."""
        return ClipMessage(
            envelope=self.envelope(ref(room, camera), "clip", captured, captured + timedelta(seconds=1)),
            level=level,
            began_at=captured - timedelta(seconds=10),
            crops=crops,
            frames=10,
            selected=5,
            model="convnet-48",
            plan_hash="0" * 16,
            mode="three-servers/passive",
            online_s=0.6,
            bytes_online=1000,
        )

    def state(
        self,
        room: str,
        component: str,
        status: str,
        since: datetime,
        camera: str | None = None,
        detail: Mapping[str, str] | None = None,
    ) -> StateMessage:
        """A component's word on a camera."""
        return StateMessage(
            envelope=self.envelope(ref(room, camera), component, since, since),
            component=component,
            status=status,
            since=since,
            detail=dict(detail or {}),
        )


class Rooms:
    """The services of the rooms, on the leaf."""

    def __init__(self, buses: dict[str, Bus]) -> None:
        self._buses = buses
        self.epoch = Epoch()

    async def pain(
        self, room: str, level: int, ago_s: float = 0.9, camera: str | None = None, clock_s: float = 0.0
    ) -> PainMessage:
        """Publish a level captured ago_s ago, until the stream has acknowledged it, as snni_client does.

        clock_s: how far the room's clock is ahead.
        """
        now = datetime.now(UTC) + timedelta(seconds=clock_s)
        message = self.epoch.pain(room, level, now - timedelta(seconds=ago_s), camera, now)

        async def acknowledged() -> bool:
            try:
                await self._buses["snni_client"].publish_durable(message)
            except BusUnavailable:
                return False
            return True

        await eventually(acknowledged)
        return message

    async def state(
        self,
        room: str,
        component: str,
        status: str,
        ago_s: float = 0.0,
        camera: str | None = None,
        detail: Mapping[str, str] | None = None,
    ) -> None:
        """Publish a status that began ago_s ago."""
        since = datetime.now(UTC) - timedelta(seconds=ago_s)
        await self._buses[component].publish_durable(self.epoch.state(room, component, status, since, camera, detail))


@asynccontextmanager
async def rooms_on(pair: NatsPair) -> AsyncIterator[Rooms]:
    """Connected publishers; every stream exists."""
    await pair.wait_joined()
    await pair.provision()
    async with pair.bus("ingest") as ingest, pair.bus("keyframe") as keyframe, pair.bus("snni_client") as snni_client:
        yield Rooms({"ingest": ingest, "keyframe": keyframe, "snni_client": snni_client})


UNHURRIED = dict.fromkeys(("repeat_s", "widen_after_s", "ack_timeout_s", "presence_timeout_s"), 86_400.0)
"""Rules under which time alone changes no alert while a test runs, however long it takes on a busy machine."""


class AlertsProcess(Service):
    """The alerts service with its own site, audit log and ports, and no hurry: UNHURRIED but for what settings say."""

    def __init__(
        self,
        pair: NatsPair,
        redis_url: str,
        directory: Path,
        module: str | None = None,
        launcher: tuple[str, ...] = (),
        **settings: object,
    ) -> None:
        """module: what is run where it is not the service's main. launcher: as localsite.service has it."""
        directory.mkdir(exist_ok=True)
        self.audit = directory / "audit.jsonl"
        self._tokens: dict[str, str] = {}
        common = pair.connection("alerts") | {"redis_url": redis_url, "site_file": site_file(directory)}
        common |= {"audit_file": self.audit, "room_domains": f'["{pair.domain}"]'}
        self.database = f"sqlite:///{self.audit.with_name('records.db')}"
        super().__init__("alerts", common | UNHURRIED | settings, directory, module=module, launcher=launcher)

    @property
    def port(self) -> int:
        return self.ports()["http"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self) -> None:
        """Start it and wait until the page is there and follows the bus. Raises ProcessError when it does not start."""
        self.start()
        await asyncio.to_thread(self.ports)
        await eventually(self.is_whole)

    async def is_ready(self) -> bool:
        return await asyncio.to_thread(self.ready)

    async def is_whole(self) -> bool:
        return await asyncio.to_thread(self.whole)

    async def client(self, name: str = "Ada", url: str = "", **options: Any) -> httpx.AsyncClient:
        """A program that may see and act, under this name. url: where it is not this process's own."""
        if name not in self._tokens:
            self._tokens[name] = await self._token(name)
        bearer = {"Authorization": f"Bearer {self._tokens[name]}"}
        return httpx.AsyncClient(base_url=url or self.url, timeout=PATIENCE_S, headers=bearer, **options)

    async def snapshot(self) -> dict[str, object]:
        async with await self.client() as client:
            answer = await client.get("/api/v1/ward/ward-1")
            found: dict[str, object] = answer.raise_for_status().json()
            return found

    async def open_alerts(self) -> list[dict[str, Any]]:
        """As the API has them."""
        async with await self.client() as client:
            found: list[dict[str, Any]] = (await client.get("/api/v1/alerts")).raise_for_status().json()["open"]
            return found

    async def open_levels(self) -> set[tuple[str, int]]:
        """Of the open alerts: room and level."""
        return {(one["camera"].split("/")[1], one["level"]) for one in await self.open_alerts()}

    async def _token(self, name: str) -> str:
        database = Database(self.database)
        await database.open()
        tokens = Tokens(database, lambda: datetime.now(UTC))
        token, _ = await tokens.make(name, list(TokenScope), None, "tests", timedelta(days=2))
        await database.close()
        return token


@asynccontextmanager
async def alerts_process(
    pair: NatsPair, redis_url: str, directory: Path, **settings: object
) -> AsyncIterator[AlertsProcess]:
    """A running, ready alerts process; killed afterwards if it still runs."""
    process = AlertsProcess(pair, redis_url, directory, **settings)
    await process.serve()
    try:
        yield process
    finally:
        process.kill()
