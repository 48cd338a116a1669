"""The pullers of a site's cameras that are asked in one way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from services.ingest.sources.pulling.puller import Puller


@dataclass
class Pullers:
    """One a camera."""

    pullers: tuple[Puller[Any], ...]
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def run(self) -> None:
        """Pull every camera, until drained."""
        self._tasks = [asyncio.create_task(puller.run()) for puller in self.pullers]
        try:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            await self.drain()

    async def drain(self) -> None:
        """End every session, and begin none. A thread that still reads ends with its next packet, or its timeout."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
