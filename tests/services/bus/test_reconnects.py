"""What a client does with connections that come to nothing while it reconnects."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from localsite.nats_pair import NatsPair
from services.runtime.stream_server import serve_streams
from tests.support.waiting import PATIENCE_S

ATTEMPTS = 3


async def test_an_attempt_whose_greeting_fails_is_closed_before_the_next(fresh_pair: NatsPair) -> None:
    """A server without TLS greets; it closes nothing itself, so that what ends is what the client closed."""
    left: asyncio.Queue[bool] = asyncio.Queue()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"A","max_payload":1048576}\r\n')
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()
        left.put_nowait(True)

    async with fresh_pair.bus("keyframe", streams=False):
        fresh_pair.leaf.kill()
        impostor = await serve_streams(greet, "127.0.0.1", fresh_pair.leaf.client_port)
        async with asyncio.timeout(PATIENCE_S):
            for _ in range(ATTEMPTS):
                await left.get()
        await impostor.close()
