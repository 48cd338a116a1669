"""A room's device with a gate, on clocks and a disk that are moved by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.bus.models import CameraRef
from services.ingest.consent.gate import Gate
from services.ingest.consent.store import Store
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Instant
from services.runtime.metrics import Metrics
from tests.services.ingest.consent.ward import Ward

CAMERA = CameraRef(site="demo", ward="ward-1", room="room-1", camera="cam-1")
OTHER = CameraRef(site="demo", ward="ward-1", room="room-1", camera="cam-2")


@dataclass
class TwoClocks:
    """A machine's: the monotonic one goes on, the wall clock shows whatever it was set to."""

    mono: float = 1000.0
    wall: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> Instant:
        """Both."""
        return Instant(self.mono, self.wall)

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)


class Room:
    """A device with a gate, and the ward that it was given the key of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ward, self.clock, self.boot = folder, Ward(), TwoClocks(), "boot-1"
        folder.mkdir(exist_ok=True)
        self.gate = self.started()

    def started(self) -> Gate:
        """A process of the device, from what its disk holds."""
        self.metrics = Metrics()
        store = Store(self.folder, [self.ward.public], self.boot)
        cameras = {"cam-1": CAMERA, "cam-2": OTHER}
        metrics = IngestMetrics(self.metrics, cameras)
        self.gate = Gate(cameras, [self.ward.public], store, metrics, self.clock)
        return self.gate

    def rebooted(self) -> Gate:
        """The same after the machine was off; its monotonic clock begins anew."""
        self.boot, self.clock.mono = self.boot + "x", 5.0
        return self.started()

    async def say(self, camera: CameraRef = CAMERA, **changed: object) -> None:
        """The ward says something, and the room hears it at once."""
        await self.gate.hear(self.ward.message(self.ward.statement(camera, self.gate.question(), **changed)))

    def counted(self, verdict: str) -> bool:
        """Whether exactly one statement came to this."""
        return f'statements_total{{verdict="{verdict}"}} 1.0' in self.metrics.render().decode()
