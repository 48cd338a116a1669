"""Which frame waits for the bus."""

from __future__ import annotations

import asyncio

from services.ingest.frames.outbox import Outbox, SampledFrame
from services.ingest.frames.picture import Picture
from tests.services.moments import at


def sample(camera: str, mark: int) -> SampledFrame:
    """A tiny sample told apart by its luma."""
    return SampledFrame(camera, Picture(16, 16, bytes([mark]) * 384), at(mark))


async def test_the_newest_sample_of_a_camera_wins() -> None:
    outbox = Outbox()
    assert not outbox.put(sample("a", 1))
    assert outbox.put(sample("a", 2))
    assert not outbox.put(sample("b", 3))
    assert [(one.camera, one.picture.data[0]) for one in (await outbox.take(), await outbox.take())] == [
        ("a", 2),
        ("b", 3),
    ]


async def test_taking_waits_for_a_sample() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not waiting.done()
    outbox.put(sample("a", 1))
    assert (await waiting).camera == "a"


def test_pictures_never_show_in_a_repr() -> None:
    assert "data" not in repr(sample("a", 7))
