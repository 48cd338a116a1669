"""Rooms of several wards, without cameras: what their services publish, at a rate, through the leaf's streams."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import yaml

from localsite.site_file import SITE
from services.bus.errors import BusError
from services.bus.messages import CameraRef, Envelope, PainMessage, StateMessage
from services.bus.nats_bus import Bus

IN_FLIGHT = 512
Component = Literal["ingest", "keyframe", "snni_client"]
SAYS: dict[Component, str] = {"ingest": "live", "keyframe": "ok", "snni_client": "scoring"}
TOKEN = "0" * 64


def write_wards(path: Path, wards: int, rooms: int) -> list[CameraRef]:
    """A site file with a camera in every room."""
    cameras = [
        CameraRef(site=SITE, ward=f"ward-{w}", room=f"room-{w}-{r}", camera=f"cam-{w}-{r}")
        for w in range(wards)
        for r in range(rooms)
    ]
    entries: dict[str, list[dict[str, object]]] = {}
    for number, one in enumerate(cameras):
        camera = {"id": one.camera, "name": "Bed", "token_sha256": TOKEN}
        entries.setdefault(one.ward, []).append({"id": one.room, "name": f"Room {number}", "cameras": [camera]})
    named = [{"id": ward, "name": ward, "rooms": found} for ward, found in entries.items()]
    path.write_text(yaml.safe_dump({"site": SITE, "wards": named}))
    return cameras


class Rooms:
    """Publishes. sent: by room and captured moment (as pages tell it), when it was handed to the bus (monotonic).

    late: events that could not be sent at their moment, too many being under way; failed: that the bus did not take.
    """

    def __init__(self, buses: Mapping[Component, Bus], cameras: Sequence[CameraRef], pain: float, seed: int) -> None:
        """pain: how many of all levels are 2 or 3."""
        self.sent: dict[tuple[str, str], float] = {}
        self.late = self.failed = 0
        self._buses = buses
        self.cameras = cameras
        self._pain = pain
        self._drawn = random.Random(seed)
        self._producer = uuid.uuid4().hex
        self._sequences: dict[str, int] = {}
        self._under_way: set[asyncio.Task[None]] = set()

    async def say_all_is_well(self) -> None:
        """A state of every component of every camera, once."""
        for component in SAYS:
            for start in range(0, len(self.cameras), IN_FLIGHT):
                part = self.cameras[start : start + IN_FLIGHT]
                await asyncio.gather(*(self.state(one, component) for one in part))

    async def publish(self, rate: float, seconds: float) -> None:
        """Levels of all cameras in turn, spread evenly, for so long; and until all of them are stored."""
        begun = time.monotonic()
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            if len(self._under_way) >= IN_FLIGHT:
                self.late += 1
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(self.level(self.cameras[number % len(self.cameras)]))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        await asyncio.gather(*self._under_way)

    async def level(self, camera: CameraRef, age_s: float = 0.0) -> None:
        """A drawn level of a picture that was captured age_s ago."""
        now, drawn = datetime.now(UTC) - timedelta(seconds=age_s), self._drawn
        level = drawn.choice((2, 2, 2, 3)) if drawn.random() < self._pain else drawn.choice((0, 0, 0, 1))
        message = PainMessage(
            envelope=self._envelope(camera, now),
            level=level,
            model="squeezenet-224",
            plan_hash="0" * 16,
            keyframe_at=now,
            snni_online_s=0.3,
            snni_offline_s=1.0,
            bytes_online=10_000_000,
            bytes_offline=30_000_000,
            inference=1,
            stages={"ingest": 0.0, "keyframe": 0.0, "claimed": 0.0, "scored": 0.0},
        )
        self.sent[camera.room, now.isoformat(timespec="milliseconds")] = time.monotonic()
        try:
            await self._buses["snni_client"].publish_durable(message)
        except BusError:
            self.failed += 1

    async def state(self, camera: CameraRef, component: Component) -> None:
        """A component says that all is well."""
        status, now = SAYS[component], datetime.now(UTC)
        message = StateMessage(
            envelope=self._envelope(camera, now, component), component=component, status=status, since=now
        )
        try:
            await self._buses[component].publish_durable(message)
        except BusError:
            self.failed += 1

    def _envelope(self, camera: CameraRef, at: datetime, kind: str = "pain") -> Envelope:
        key = f"{camera.camera}/{kind}"
        number = self._sequences[key] = self._sequences.get(key, 0) + 1
        return Envelope(camera=camera, sequence=number, producer=self._producer, captured_at=at, published_at=at)
