"""One place for the next frame of a camera: the newest wins, so a slow detector never works on old pictures."""

from __future__ import annotations

import asyncio

from services.bus.messages import FrameMessage


class Mailbox:
    """Holds at most one frame; one reader."""

    def __init__(self) -> None:
        self._frame: FrameMessage | None = None
        self._filled = asyncio.Event()

    def put(self, frame: FrameMessage) -> bool:
        """Leave a frame; whether it replaced one that nobody took."""
        replaced = self._frame is not None
        self._frame = frame
        self._filled.set()
        return replaced

    async def take(self) -> FrameMessage:
        """The newest frame; waits for one."""
        while self._frame is None:
            self._filled.clear()
            await self._filled.wait()
        frame, self._frame = self._frame, None
        return frame
