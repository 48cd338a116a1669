"""What a frame showed goes with its use, not with the next frame: that of a camera that is paused may be hours away."""

from __future__ import annotations

import asyncio

from nats.aio.msg import Msg

from localsite.nats_pair import NatsPair
from services.bus.models import CameraRef, FrameMessage
from services.bus.subjects import frames
from services.keyframe.feed import CameraFeed
from services.keyframe.metrics import KeyframeMetrics
from services.keyframe.selector import SelectionPolicy
from services.keyframe.service import _sort
from services.keyframe.view import ViewPolicy
from services.runtime.metrics import Metrics
from tests.services.bus.held import held
from tests.services.keyframe.pictures import Source, furniture
from tests.support.waiting import eventually

REF = CameraRef(site="demo", ward="ward-1", room="room-1", camera="unheld")


async def test_nothing_of_a_frame_is_held_while_the_next_one_is_awaited(nats_pair: NatsPair) -> None:
    feed = CameraFeed(REF, "48x48x1", SelectionPolicy(), ViewPolicy())
    metrics = KeyframeMetrics(Metrics(), [REF.camera])
    subject = frames(REF.site, REF.camera)
    async with nats_pair.bus("keyframe", streams=False) as bus, nats_pair.bus("ingest", streams=False) as source:
        subscription = await bus.subscribe(subject)
        sorting = asyncio.create_task(_sort(subscription, {REF.camera: feed}, metrics))
        await source.publish(Source(REF).frame(furniture()))
        assert (await feed.mailbox.take()).width == 512

        async def let_go() -> bool:
            messages = held(FrameMessage, lambda one: one.envelope.camera == REF)
            return not messages and not held(Msg, lambda one: one.subject == subject and len(one.data) > 1000)

        await eventually(let_go)
        sorting.cancel()
