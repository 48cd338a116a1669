"""Open pages without a browser: each follows one ward's events as a page does, and notes when a level came."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Mapping

import aiohttp

LEVEL_AT = re.compile(r'data-since="([^"]+)"[^>]*>[^<]*</time><span class="js"> ago')
"""In a tile: the moment of the level that it shows."""
NO_END = aiohttp.ClientTimeout(total=None)


class Screen:
    """One page. waits: from when a level was published until this screen had it. bytes: that it read."""

    def __init__(self, ward: str, sent: Mapping[tuple[str, str], float]) -> None:
        self.ward = ward
        self.waits: list[float] = []
        self.bytes = self.events = 0
        self.connected = asyncio.Event()
        self._sent = sent
        self._seen: set[tuple[str, str]] = set()

    async def follow(self, url: str, token: str, tab: str) -> None:
        """Until cancelled. Raises aiohttp.ClientError."""
        head = {"Authorization": f"Bearer {token}"}
        query = {"ward": self.ward, "tab": tab}
        async with (
            aiohttp.ClientSession(timeout=NO_END, read_bufsize=1 << 24) as session,
            session.get(f"{url}/events", params=query, headers=head) as answer,
        ):
            answer.raise_for_status()
            async for line in answer.content:
                self.bytes += len(line)
                if line.startswith(b"data: "):
                    self._take(line[6:])

    def _take(self, data: bytes) -> None:
        now = time.monotonic()
        self.connected.set()
        self.events += 1
        for name, html in json.loads(data).get("fragments", {}).items():
            found = LEVEL_AT.search(html) if name.startswith("room:") else None
            key = (name[5:], found[1] if found else "")
            if key in self._sent and key not in self._seen:
                self._seen.add(key)
                self.waits.append(now - self._sent[key])
