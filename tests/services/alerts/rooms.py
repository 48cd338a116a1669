"""The services of a ward's rooms, as publishers on the leaf."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from localsite.nats_pair import NatsPair
from services.bus.errors import BusUnavailable
from services.bus.messages import CameraRef, ClipMessage, Envelope, PainMessage, StateMessage
from services.bus.nats_bus import Bus
from tests.services.alerts.site import ref
from tests.support.waiting import eventually


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
