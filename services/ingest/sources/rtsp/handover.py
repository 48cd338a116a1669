"""Frames from a camera's thread to the event loop: one place, the newest wins, so a busy loop holds no camera back."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

from services.ingest.frames.decoded import DecodedFrame


class Handover:
    """One session's frames. Made in the loop that takes them."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._frame: DecodedFrame | None = None
        self._ended = False
        self._told = asyncio.Event()

    def put(self, frame: DecodedFrame) -> None:
        """Leave a frame in place of one that nobody took; from any thread."""
        with self._lock:
            waiting, self._frame = self._frame, frame
        if waiting is None:
            self._tell()

    def end(self) -> None:
        """There will be no more; from any thread."""
        self._ended = True
        self._tell()

    async def frames(self) -> AsyncIterator[DecodedFrame]:
        """What was left, until the end."""
        while True:
            await self._told.wait()
            self._told.clear()
            ended = self._ended
            frame = self._taken()
            if frame is not None:
                yield frame
            del frame  # not to be held while the next one is awaited
            if ended:
                return

    def _taken(self) -> DecodedFrame | None:
        with self._lock:
            frame, self._frame = self._frame, None
        return frame

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._told.set)
