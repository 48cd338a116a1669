"""Answers of a server that come when nobody waits for them any more, or that never come."""

from __future__ import annotations

import asyncio

import pytest
from nats import errors as nats_errors

from localsite.nats_pair import NatsPair
from services.bus import connection
from services.bus.subjects import frames
from tests.support.still import standing_still, stop
from tests.support.waiting import PATIENCE_S


async def test_an_answer_after_who_asked_has_given_up_deafens_nobody(nats_pair: NatsPair) -> None:
    subject = frames("haus", "late")
    hearing, speaking = await nats_pair.client("keyframe"), await nats_pair.client("ingest")
    heard = await hearing.subscribe(subject)
    await hearing.synced()
    async with standing_still(nats_pair.leaf.process.pid):
        with pytest.raises(nats_errors.FlushTimeoutError):
            await hearing.flush(timeout=0.05)
    await speaking.publish(subject, b"said")
    assert (await heard.next_msg(timeout=PATIENCE_S)).data == b"said"
    for one in (hearing, speaking):
        await one.close()


async def test_nobody_waits_for_an_answer_of_the_connection_before(
    fresh_pair: NatsPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with fresh_pair.bus("ingest", streams=False) as bus:
        monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 10 * PATIENCE_S)
        await stop(fresh_pair.leaf.process.pid)
        waiting = asyncio.create_task(bus.taken())
        for _ in range(100):  # turns of the loop: it has asked
            await asyncio.sleep(0)
        await asyncio.to_thread(fresh_pair.restart_leaf)
        async with asyncio.timeout(PATIENCE_S):
            await waiting
