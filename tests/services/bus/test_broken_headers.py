"""Headers that are none, or that say what only servers say: whoever may publish something stops nobody who hears it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from localsite.nats_pair import start_pair
from localsite.pki import Pki
from services.bus.connection import TlsClient
from services.bus.delivery import Delivery
from services.bus.messages import Message, encode
from services.bus.subjects import CONSENT_ALL, DURABLE_ALERTS, STREAM_WARD
from tests.services.bus.samples import consent, state
from tests.support.waiting import PATIENCE_S

LINE = b"NATS/1.0"
BROKEN = (
    LINE + b" \xff\xff\xff\r\n\r\n",
    LINE + b" 404 \xff\r\n\r\n",
    LINE,
    LINE + b"\r\n\xff\xff\xff\r\n\r\n",
    LINE + b" 404 No Messages\r\n\r\n",
    LINE + b" 409 Consumer Deleted\r\n\r\n",
    LINE + b" 503\r\n\r\n",
    LINE + b" 100 Idle Heartbeat\r\n\r\n",
    LINE + b"\r\nStatus: 404\r\n\r\n",
    LINE + b"\r\nStatus: 503\r\nDescription: away\r\n\r\n",
)


async def say(client: TlsClient, subject: bytes, headers: bytes) -> None:
    """Publish as no client's library would."""
    body = b"{}"
    told = b"HPUB %s %d %d\r\n" % (subject, len(headers), len(headers) + len(body))
    await client._send_command(told + headers + body + b"\r\n")
    await client.synced()


async def test_a_room_that_stores_what_has_no_headers_blinds_nobody_in_the_ward(tmp_path: Path, pki: Pki) -> None:
    """Live, and of what is stored, as after a restart: the stream holds it for days, and gives it out once more."""
    good = state()
    with start_pair(tmp_path, pki) as pair:
        await pair.provision()
        hostile = await pair.client("keyframe")
        subject, _, _ = encode(good)
        for headers in BROKEN:
            await say(hostile, subject.encode(), headers)
        await say(hostile, subject.encode().replace(b"cam-7a", b"cam-\xff"), LINE + b"\r\n\r\n")
        await hostile.close()
        async with pair.bus("keyframe") as room, pair.bus("alerts") as bus, asyncio.timeout(PATIENCE_S):
            await room.publish_durable(good)
            found: list[Delivery] = []
            async for delivery in bus.work(STREAM_WARD, DURABLE_ALERTS, ack_wait_s=PATIENCE_S):
                await delivery.ack()
                found.append(delivery)
                if delivery.message == good:
                    break
            stored = [one async for one in bus.stored(STREAM_WARD, datetime.now(UTC) - timedelta(hours=1))]
        assert [one.deliveries for one in found] == [1] * (len(BROKEN) + 2)
        for deliveries in (found, stored):
            assert [one.error is not None for one in deliveries] == [True] * (len(BROKEN) + 1) + [False]


async def test_a_hub_that_says_what_has_no_headers_deafens_no_room(tmp_path: Path, pki: Pki) -> None:
    good = consent()
    with start_pair(tmp_path, pki) as pair:
        await pair.provision()
        hostile = await pair.client("alerts")
        subject, _, _ = encode(good)
        async with pair.bus("ingest") as room, pair.bus("alerts") as bus, asyncio.timeout(PATIENCE_S):
            subscription = await room.subscribe(CONSENT_ALL)

            async def heard() -> Message:
                return await anext(aiter(subscription))

            hearing = asyncio.create_task(heard())
            while not hearing.done():  # until the leaf has told the hub that somebody listens
                for headers in BROKEN:
                    await say(hostile, subject.encode(), headers)
                await bus.publish(good)
                await asyncio.wait({hearing}, timeout=0.2)
            assert hearing.result() == good
            await room.taken()
            assert room.connected
        await hostile.close()
