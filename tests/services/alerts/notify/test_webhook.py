"""Webhooks against a real HTTP server that fails first."""

import asyncio
import hashlib
import hmac
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from services.alerts.notify.webhook import QUEUE_LIMIT, Webhook
from tests.services.alerts.bench import Bench
from tests.support.waiting import eventually

LOGGER = logging.getLogger("test.webhooks")


class Receiver:
    """An HTTP server that answers the statuses in turn, then 204."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        self.seen.append((headers, await reader.readexactly(int(headers["content-length"]))))
        status = self.statuses.pop(0) if self.statuses else 204
        writer.write(f"HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    receiver = Receiver(*statuses)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield receiver


@asynccontextmanager
async def delivering(bench: Bench, url: str, secret: bytes | None = None) -> AsyncIterator[Webhook]:
    hook = Webhook(url, secret, bench.metrics, LOGGER, first_wait_s=0.01)
    bench.writer.listeners.append(hook.enqueue)
    task = asyncio.create_task(hook.run())
    try:
        yield hook
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def delivered(bench: Bench, count: int) -> None:
    async def enough() -> bool:
        return bench.value("webhook_deliveries_total", result="delivered") >= count

    await eventually(enough)


async def test_changes_arrive_in_order_signed_and_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving() as receiver, delivering(bench, receiver.url, b"secret"):
        alert = await bench.raised()
        await bench.writer.acknowledge(alert, "Ada")
        await delivered(bench, 2)
    bodies = [json.loads(body) for _, body in receiver.seen]
    assert [one["change"] for one in bodies] == ["raised", "acknowledged"]
    assert {one["alert"]["id"] for one in bodies} == {alert}
    for headers, body in receiver.seen:
        assert headers["veilward-signature"] == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
        assert headers["idempotency-key"] == json.loads(body)["id"]


async def test_a_failing_receiver_is_tried_again_with_the_same_key(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving(500, 503) as receiver, delivering(bench, receiver.url):
        await bench.raised()
        await delivered(bench, 1)
    assert len(receiver.seen) == 3
    assert len({headers["idempotency-key"] for headers, _ in receiver.seen}) == 1
    assert "veilward-signature" not in receiver.seen[0][0]


async def test_a_dead_receiver_is_given_up_counted_and_reported(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with receiving() as gone:
        url = gone.url
    async with delivering(bench, url) as hook:
        await bench.raised()

        async def failed() -> bool:
            return bench.value("webhook_deliveries_total", result="failed") == 1

        await eventually(failed)
        assert hook.failing
    assert bench.ward_state.open_alerts()


async def test_a_full_queue_drops_the_oldest_and_counts_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    hook = Webhook("http://127.0.0.1:9/", None, bench.metrics, LOGGER)
    await bench.pain(0, 2)
    changes = (await bench.pain(5, 2)).transitions
    for _ in range(QUEUE_LIMIT + 3):
        hook.enqueue((), changes)
    assert bench.value("webhook_deliveries_total", result="dropped") == 3
