"""Every camera of the site: its state, its counters, and what the state message tells about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from services.bus.models import CameraRef
from services.bus.states import Condition
from services.ingest.camera_state import StatePolicy, StateTracker
from services.ingest.consent.gate import Gate
from services.ingest.consent.verdict import OPEN, Verdict
from services.ingest.privacy.mask import Mask
from services.ingest.privacy.shutter import Shutter
from services.runtime.clock import Instant
from services.site.records import Site

UNUSABLE: dict[str, str | int | float] = {"reason": "unusable"}


@dataclass
class Camera:
    """frames: received, up to the last decoded one; samples: given to the bus; last_frame_at: wall time of that one.

    mask, shutter: what of it, and whether anything of it, may be published. gate: whether it may be decoded at all;
    None: no key of the ward's is known, and nobody asks.
    """

    ref: CameraRef
    tracker: StateTracker
    mask: Mask = field(default_factory=lambda: Mask(None))
    shutter: Shutter = field(default_factory=Shutter)
    gate: Gate | None = None
    frames: int = 0
    samples: int = 0
    last_frame_at: datetime | None = None
    _closed: Instant | None = None
    _unfit: Instant | None = None
    _unusable: Instant | None = None
    _withheld: tuple[str, Instant] | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether it may be processed now. From any thread."""
        return OPEN if self.gate is None else self.gate.verdict(self.ref.camera)

    def may(self) -> bool:
        """The same in one word."""
        return self.verdict.may

    def frame(self, now: Instant, pictures: int = 1) -> None:
        """A frame was decoded, the last of so many that were received since the one before."""
        self.frames += pictures
        self.last_frame_at = now.wall
        self.tracker.frame(now)

    def mask_unfit(self, now: Instant) -> None:
        """A picture became no frame, because the camera's outlines were drawn on another shape."""
        self._unfit = self._unfit or now

    def picture_unusable(self, now: Instant) -> None:
        """A picture became no frame, because nothing can be made of it that others could look at."""
        self._unusable = self._unusable or now

    def picture_fits(self) -> None:
        """A picture became a frame."""
        self._unfit = self._unusable = None

    def condition(self, now: Instant) -> Condition:
        """What the ward should know: a closed shutter first, then a pause or a missing consent."""
        verdict = self.verdict
        self._follow(verdict, now)
        self.tracker.observe(now)
        self._closed = (self._closed or now) if self.shutter.closed() else None
        state = self.tracker.state
        if self._closed is not None:
            return Condition("shutter_closed", self._closed, self._detail() | self._told(verdict, now))
        if self._withheld is not None:
            status, since = self._withheld
            return Condition(status, since, self._detail() | self._told(verdict, now))
        if self._unfit is not None and state.status == "live":
            return Condition("mask_unfit", self._unfit, self._detail() | self._told(verdict, now))
        if self._unusable is not None and state.status == "live":
            return Condition("stalled", self._unusable, self._detail() | self._told(verdict, now) | UNUSABLE)
        return Condition(state.status, state.since, self._detail() | self._told(verdict, now))

    def _follow(self, verdict: Verdict, now: Instant) -> None:
        if verdict.may:
            if self._withheld is not None:
                self.tracker.resumed(now)
            self._withheld = None
        elif self._withheld is None or self._withheld[0] != verdict.status:
            self._withheld = verdict.status, now

    def _told(self, verdict: Verdict, now: Instant) -> dict[str, str | int | float]:
        """What the ward is asked, what was refused, and who closed the camera."""
        if self.gate is None:
            return {}
        found: dict[str, str | int | float] = {"consent_asks": self.gate.question()}
        if refused := self.gate.refused(self.ref.camera):
            found["consent_refused"] = refused
        if not verdict.may:
            found |= {"consent_by": verdict.by, "consent_why": verdict.why, "consent_pause": verdict.pause}
        if verdict.left_s is not None:
            until = now.wall + timedelta(seconds=verdict.left_s)
            found["consent_until"] = until.isoformat(timespec="seconds")
        return found

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


def cameras_of(site: Site, policy: StatePolicy, now: Instant, shutters: Path | None = None) -> dict[str, Camera]:
    """The cameras by id, all offline. shutters: the folder whose files close their shutters."""
    return {one: _camera(site, one, policy, now, shutters) for one in site.camera_ids}


def _camera(site: Site, name: str, policy: StatePolicy, now: Instant, shutters: Path | None) -> Camera:
    entry = site.entry(name)
    shutter = Shutter(entry.shutter == "closed", None if shutters is None else shutters / name)
    return Camera(site.camera(name), StateTracker(policy, now), Mask(entry.sight), shutter)
