"""A camera's state with debounce: connecting, live, stalled, offline, each with the moment since when it holds. Pure.

Getting worse from live is told only once it lasted hold_s (a camera that reconnects at once was never gone); stalled is
told once no frame came for stall_s; live again after a stall is told once frames came for recover_s. `since` is always
the moment when the state began, not the moment when it was told: "offline since" is when the picture was lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from services.runtime.clock import Instant

Status = Literal["connecting", "live", "stalled", "offline"]


@dataclass(frozen=True)
class StatePolicy:
    """Seconds, none negative."""

    stall_s: float = 3.0
    hold_s: float = 2.0
    recover_s: float = 1.0


@dataclass(frozen=True)
class CameraState:
    """reason: why a session ended (offline only), else empty."""

    status: Status
    since: Instant
    reason: str = ""


class StateTracker:
    """One camera's state, from what happens to its sessions and frames."""

    def __init__(self, policy: StatePolicy, now: Instant) -> None:
        self._policy = policy
        self._opened: Instant | None = None
        self._ended = now
        self._reason = "never_seen"
        self._run: Instant | None = None
        self._last_frame: Instant | None = None
        self._lost: Instant | None = None
        self.interruptions = 0
        self.state = CameraState("offline", now, self._reason)

    def opened(self, now: Instant) -> None:
        """A session was accepted."""
        self._opened, self._run, self._last_frame = now, None, None

    def frame(self, now: Instant) -> None:
        """A frame was decoded."""
        if self._last_frame is None or now.mono - self._last_frame.mono > self._policy.stall_s:
            self._run = now
        self._last_frame = now

    def closed(self, now: Instant, reason: str) -> None:
        """The session ended."""
        self._opened, self._ended, self._reason = None, now, reason

    def resumed(self, now: Instant) -> None:
        """Frames are decoded again, after a time in which nobody wished them to be: a session begins as if anew."""
        self._run = self._last_frame = None
        self._opened = None if self._opened is None else now

    def not_opened(self, reason: str) -> None:
        """A session was wanted and could not begin: offline for as long as before, now for this reason."""
        self._reason = reason

    def observe(self, now: Instant) -> bool:
        """Bring `state` up to `now`; whether the status changed."""
        seen = self._seen(now)
        if seen.status == "live" or self.state.status != "live":
            self._lost = None
        elif self._lost is None:
            self._lost = now if seen.status == "stalled" else seen.since
            self.interruptions += 1
        if seen.status == self.state.status:
            self.state = replace(self.state, reason=seen.reason)
            return False
        if not self._held_long_enough(seen, now):
            return False
        self.state = seen
        return True

    def conclude(self, now: Instant) -> None:
        """Bring `state` to what is so at `now`, without debounce: there will be no later look."""
        seen = self._seen(now)
        if seen.status != self.state.status:
            self.state = seen

    def _seen(self, now: Instant) -> CameraState:
        if self._opened is None:
            return CameraState("offline", self._ended, self._reason)
        if self._last_frame is None or self._run is None:
            return CameraState("connecting", self._opened)
        if now.mono - self._last_frame.mono > self._policy.stall_s:
            return CameraState("stalled", self._last_frame)
        return CameraState("live", self._run)

    def _held_long_enough(self, seen: CameraState, now: Instant) -> bool:
        before = self.state.status
        if before == "live" and seen.status in ("connecting", "offline"):
            return self._lost is not None and now.mono - self._lost.mono >= self._policy.hold_s
        if before == "stalled" and seen.status == "live":
            return now.mono - seen.since.mono >= self._policy.recover_s
        return True
