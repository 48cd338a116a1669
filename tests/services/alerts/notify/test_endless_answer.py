"""A receiver whose answer never ends has taken what it was sent, and is read no further."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from services.alerts.notify.delivery_queue import Sent
from services.alerts.notify.notification import notification
from services.alerts.notify.webhook import Webhook
from services.alerts.policy.alert import Change, Transition
from services.runtime.stream_server import serve_streams
from tests.services.alerts.bench import Bench


@pytest.mark.parametrize(("status", "sent"), [("200 OK", Sent.TAKEN), ("500 No", Sent.FAILED)])
async def test_its_status_counts(tmp_path: Path, status: str, sent: Sent) -> None:
    given = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(ConnectionError):
            while True:
                writer.write(b"4000\r\n" + bytes(0x4000) + b"\r\n")
                await writer.drain()
        writer.close()
        given.set()

    async with await serve_streams(answer, "127.0.0.1") as server:
        bench = Bench(tmp_path)
        await bench.raised()
        (alert,) = bench.ward_state.open_alerts()
        change = notification(Transition(Change.RAISED, alert, alert.raised_at, calls=True))
        webhook = Webhook(f"http://127.0.0.1:{server.port}/", None, bench.metrics)
        async with webhook.connected():
            assert await webhook.send(change) is sent
            await given.wait()
