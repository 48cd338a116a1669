"""Every camera of the site: its state, its counters, and what the state message tells about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.bus.models import CameraRef
from services.bus.states import Condition
from services.ingest.camera_state import StatePolicy, StateTracker
from services.runtime.clock import Instant
from services.site.records import Site


@dataclass
class Camera:
    """frames: decoded; samples: given to the bus; last_frame_at: wall time of the last decoded frame."""

    ref: CameraRef
    tracker: StateTracker
    frames: int = 0
    samples: int = 0
    last_frame_at: datetime | None = None

    def frame(self, now: Instant) -> None:
        """A frame was decoded."""
        self.frames += 1
        self.last_frame_at = now.wall
        self.tracker.frame(now)

    def condition(self, now: Instant) -> Condition:
        """What the ward should know."""
        self.tracker.observe(now)
        return Condition(self.tracker.state.status, self.tracker.state.since, self._detail())

    def _detail(self) -> dict[str, str | int | float]:
        found: dict[str, str | int | float] = {
            "frames": self.frames,
            "samples": self.samples,
            "interruptions": self.tracker.interruptions,
        }
        if self.tracker.state.reason:
            found["reason"] = self.tracker.state.reason
        if self.last_frame_at is not None:
            found["last_frame_at"] = self.last_frame_at.isoformat(timespec="milliseconds")
        return found


def cameras_of(site: Site, policy: StatePolicy, now: Instant) -> dict[str, Camera]:
    """The cameras by id, all offline."""
    return {one: Camera(site.camera(one), StateTracker(policy, now)) for one in site.camera_ids}
