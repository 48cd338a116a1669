"""One place per camera for the frame to publish next: the newest wins, so a slow bus never holds decoding back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.ingest.frames.picture import Picture
from services.runtime.clock import Instant


@dataclass(frozen=True)
class SampledFrame:
    """A sampled frame and the moment it was captured."""

    camera: str
    picture: Picture
    captured: Instant


class Outbox:
    """At most one frame per camera; bounded by the number of cameras."""

    def __init__(self) -> None:
        self._waiting: dict[str, SampledFrame] = {}
        self._filled = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Frames that nobody has taken."""
        return len(self._waiting)

    def put(self, frame: SampledFrame) -> bool:
        """Leave a frame; whether it replaced one that nobody fetched."""
        replaced = self._waiting.pop(frame.camera, None) is not None
        self._waiting[frame.camera] = frame
        self._filled.set()
        return replaced

    async def take(self) -> SampledFrame:
        """The frame that waits longest; waits for one."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.pop(next(iter(self._waiting)))
