"""A receiver of webhooks: a real HTTP server in this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from services.runtime.stream_server import serve_streams


class Receiver:
    """Answers the statuses in turn, then 204; while `down` every one is 503; an answer waits for `answering`.

    seen: headers and body of every request. arrived: set by each request, before its answer.
    """

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.down = False
        self.answering = asyncio.Event()
        self.answering.set()
        self.arrived = asyncio.Event()
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer), contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._answer(reader, writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        one = headers, await reader.readexactly(int(headers["content-length"]))
        self.seen.append(one)
        status = 503 if self.down else self.statuses.pop(0) if self.statuses else 204
        if status == 204:
            self.taken.append(one)
        self.arrived.set()
        await self.answering.wait()
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())

    def changes(self) -> list[str]:
        """What it took, repeats left out: each change once."""
        first: dict[str, str] = {}
        for _, body in self.taken:
            value: dict[str, Any] = json.loads(body)
            first.setdefault(value["id"], value["change"])
        return list(first.values())

    def bodies(self) -> list[dict[str, Any]]:
        """What it took, in order, repeats with it."""
        return [json.loads(body) for _, body in self.taken]

    def unmarked_repeats(self) -> list[str]:
        """Ids that were sent again without saying so."""
        known: set[str] = set()
        found: list[str] = []
        for headers, _ in self.seen:
            name = headers["idempotency-key"]
            if name in known and headers.get("veilward-redelivered") != "true":
                found.append(name)
            known.add(name)
        return found

    def told(self, name: str) -> list[str]:
        """Everything that it was told under an id, in order: what somebody needs who asks why."""
        found = [(headers, json.loads(body)) for headers, body in self.seen if headers["idempotency-key"] == name]
        return [
            f"{one['change']} {one['alert']['id']} call {one['alert']['signals']} at {one['at']} by {one['by']}, "
            f"redelivered {headers.get('veilward-redelivered')}"
            for headers, one in found
        ]


@contextlib.asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    """A listening receiver."""
    receiver = Receiver(*statuses)
    server = await serve_streams(receiver.answer, "127.0.0.1")
    receiver.url = f"http://127.0.0.1:{server.port}/hook"
    async with server:
        yield receiver
        receiver.answering.set()
