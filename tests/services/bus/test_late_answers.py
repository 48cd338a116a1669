"""Answers of a server that come when nobody waits for them any more, or that never come."""

from __future__ import annotations

import pytest
from nats import errors as nats_errors

from localsite.nats_pair import NatsPair
from services.bus.subjects import frames
from tests.support.still import standing_still
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
