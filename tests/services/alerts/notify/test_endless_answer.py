"""A receiver whose answer never ends has taken what it was sent, and is read no further; a promise of one is none."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from services.alerts.notify.delivery_queue import Sent
from services.alerts.notify.notification import notification
from services.alerts.notify.trial import Trial
from services.alerts.notify.webhook import Webhook
from services.alerts.policy.alert import Change, Transition
from services.runtime.stream_server import serve_streams
from tests.services.alerts.bench import START, Bench
from tests.support.waiting import PATIENCE_S


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


class Hurried(Webhook):
    """One that waits less."""

    timeout_s = 0.25


async def test_one_that_says_for_ever_that_it_will_answer_has_not_taken_it(tmp_path: Path) -> None:
    """Each word of it comes in time; the queue behind it would stand still, and nobody would be told."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        with suppress(ConnectionError):
            while True:
                writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        writer.close()

    async with await serve_streams(answer, "127.0.0.1") as server:
        bench = Bench(tmp_path)
        await bench.raised()
        (alert,) = bench.ward_state.open_alerts()
        change = notification(Transition(Change.RAISED, alert, alert.raised_at, calls=True))
        webhook = Hurried(f"http://127.0.0.1:{server.port}/", None, bench.metrics)
        async with webhook.connected(), asyncio.timeout(PATIENCE_S):
            assert await webhook.send(change) is Sent.FAILED
            assert not (await webhook.try_out(Trial("1", START, "Ada", "", ""))).took
