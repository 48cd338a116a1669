"""Keeps one camera's video coming: a session, and after each end another one, with growing pauses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from services.ingest.cameras import Camera
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.backoff import Backoff
from services.ingest.sources.pulling.errors import PullError
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event

LOOK_S = 1.0
"""How often a refused secret's file is read again."""

Secret = TypeVar("Secret")
_log = get_logger("ingest")


class Way(Protocol[Secret]):
    """How one camera is asked. name: of the way, in logs and metrics."""

    @property
    def name(self) -> str:
        """`rtsp`, for instance."""
        ...

    def secret(self) -> Secret | None:
        """What the camera is shown, as it is now; None: nothing. Raises PullError."""
        ...

    async def session(self, secret: Secret | None, opened: Callable[[], None]) -> str:
        """One session, from its first question to its end; why it ended. opened: told once it plays.

        Raises PullError: why it ended otherwise, or did not begin.
        """
        ...


@dataclass
class Puller(Generic[Secret]):
    """One camera. refused_s: the pause after a refused secret, which ends early with another one."""

    way: Way[Secret]
    camera: Camera
    backoff: Backoff
    refused_s: float
    metrics: IngestMetrics
    clock: Clock
    _playing: bool = False
    _told: str = ""

    async def run(self) -> None:
        """For ever. When cancelled it leaves a camera that played offline, as draining."""
        try:
            while True:
                await self._attempt()
        except asyncio.CancelledError:
            self.leave()
            raise

    def leave(self) -> None:
        """A camera that plays is offline, as draining: its session is about to be ended."""
        if self._playing:
            self._ended("draining")

    async def _attempt(self) -> None:
        """One session, from the secret to the pause after its end."""
        frames, secret, refused = self.camera.frames, None, False
        try:
            secret = self.way.secret()
            why = await self.way.session(secret, self._opened)
        except PullError as error:
            why, refused = error.why, error.for_its_secret
        except Exception as error:  # one camera must not end the others
            log_event(_log, f"{self.way.name}_failed", logging.ERROR, camera=self._name, kind=type(error).__name__)
            why = "failed"
        self._ended(why)
        if self.camera.frames > frames:
            self.backoff.worked()
        if refused:
            await self._until_another(secret)
        else:
            await asyncio.sleep(self.backoff.after_failure())

    @property
    def _name(self) -> str:
        return self.camera.ref.camera

    def _opened(self) -> None:
        self._playing, self._told = True, ""
        self.camera.tracker.opened(self.clock.now())
        self.metrics.pulls[self.way.name].labels(self._name).set(1)
        log_event(_log, f"{self.way.name}_opened", camera=self._name)

    def _ended(self, why: str) -> None:
        now, played, self._playing = self.clock.now(), self._playing, False
        if played:
            self.camera.tracker.closed(now, why)
        else:
            self.camera.tracker.not_opened(why)
        self.metrics.pulls[self.way.name].labels(self._name).set(0)
        self.metrics.pulls_ended[self.way.name].labels(why).inc()
        if why != self._told:
            log_event(_log, f"{self.way.name}_ended", camera=self._name, why=why)
        self._told = why

    async def _until_another(self, refused: Secret | None) -> None:
        """Wait for another secret, or refused_s: cameras lock out who tries again and again."""
        looks = int(self.refused_s / LOOK_S) + 1
        for _ in range(looks):
            await asyncio.sleep(LOOK_S)
            if self._secret_now(refused) != refused:
                return

    def _secret_now(self, refused: Secret | None) -> Secret | None:
        try:
            return self.way.secret()
        except PullError:
            return refused  # it is just being written
