"""One camera's handler with time moved by hand: frozen pictures, lost crops, failing frames, the mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import cv2
import numpy as np
import pytest

from faces.detect import Detector
from faces.turns import Habit
from localsite.nats_pair import NatsPair
from services.bus.nats_bus import Bus
from services.keyframe.examiner import Examiner, Sighting
from services.keyframe.feed import CameraFeed
from services.keyframe.handler import FrameHandler
from services.keyframe.mailbox import Mailbox
from services.keyframe.metrics import KeyframeMetrics
from services.keyframe.publisher import CropPublisher
from services.keyframe.selector import SelectionPolicy
from services.keyframe.view import ViewPolicy
from services.runtime.metrics import Metrics
from tests.services.keyframe.pictures import Source, aside, couple, darkness, i420, portrait, turned
from tests.services.keyframe.process import ref
from tests.services.moments import ManualClock
from tests.support.waiting import PATIENCE_S

CAMERA = "key-watch"


class Stage:
    """A handler and one camera, at a moment that tests set."""

    def __init__(self, bus: Bus) -> None:
        self.clock = ManualClock()
        self.registry = Metrics()
        self.metrics = KeyframeMetrics(self.registry, [CAMERA])
        self.examiner = Examiner(self.clock, min_face_px=48, min_confidence=0.9)
        self.feed = CameraFeed(ref(CAMERA), "224x224x3", SelectionPolicy(), ViewPolicy(hold_s=1.0))
        self.handler = FrameHandler(
            self.examiner, CropPublisher(bus, self.metrics, self.clock), self.metrics, self.clock
        )
        self.source = Source(ref(CAMERA))

    async def show(self, seconds: float, rgb: np.ndarray, data: bytes | None = None) -> int:
        """A frame at a moment; the crops so far."""
        self.clock.seconds = seconds
        await self.handler.handle(self.feed, self.source.frame(rgb, data=data))
        return self.feed.crops

    def count(self, name: str, **labels: str) -> float:
        """A metric's value."""
        whole = {"camera": CAMERA} | labels
        return self.registry.registry.get_sample_value(f"veilward_keyframe_{name}", whole) or 0.0


@asynccontextmanager
async def staged(pair: NatsPair) -> AsyncIterator[Stage]:
    async with pair.bus("keyframe") as bus:
        stage = Stage(bus)
        yield stage
        stage.examiner.close()


@pytest.fixture
async def stage(nats_pair: NatsPair) -> AsyncIterator[Stage]:
    async with nats_pair.bus("snni_client"), staged(nats_pair) as one:  # the owner of CROPS makes it
        yield one


async def test_a_still_face_gives_a_forced_crop_after_the_longest_silence(stage: Stage) -> None:
    crops = [await stage.show(t, portrait()) for t in range(33)]
    assert crops == [1] * 30 + [2] * 3
    assert stage.count("kept_total", why="first") == stage.count("kept_total", why="forced") == 1
    assert stage.count("reduced_total") == 5


async def test_a_frozen_picture_gives_no_crops(stage: Stage) -> None:
    data = i420(portrait())
    for t in range(70):
        await stage.show(t, portrait(), data)
    assert stage.feed.crops == 1
    assert stage.feed.view.state is not None and stage.feed.view.state.status == "frozen"
    assert stage.count("frames_examined_total") == 70
    crops = [await stage.show(t, portrait()) for t in range(70, 80)]
    assert crops[-1] == 2 and crops.index(2) <= 7  # looked at again as soon as the picture lives


async def test_darkness_is_searched_once_a_period_and_light_at_once(stage: Stage) -> None:
    for t in range(11):
        await stage.show(t, darkness())
    assert stage.count("kept_total", why="retry") == 0
    assert sum(stage.count("kept_total", why=why) for why in ("first", "periodic")) == 3
    assert await stage.show(11, portrait()) == 1


async def test_a_crop_that_cannot_be_stored_is_counted_and_the_next_frame_tried(fresh_pair: NatsPair) -> None:
    async with staged(fresh_pair) as stage:  # no stream CROPS yet
        assert await stage.show(0, portrait()) == 0
        assert stage.count("crops_lost_total") == 1
        async with fresh_pair.bus("snni_client"):
            assert await stage.show(1, portrait()) == 1
    assert stage.count("crops_total") == 1


async def test_a_frame_that_fails_is_counted_and_the_next_one_looked_at(stage: Stage) -> None:
    finder = stage.examiner._detector._finder
    good, finder._network = finder._network, cv2.dnn.Net()  # an empty network: every forward pass fails
    assert await stage.show(0, portrait()) == 0
    assert stage.count("frames_failed_total", kind="DetectionError") == 1
    finder._network = good
    assert await stage.show(1, portrait()) == 1
    assert stage.count("frames_examined_total") == 2


@pytest.mark.parametrize("degrees", range(0, 360, 15))
async def test_a_face_at_any_roll_gives_an_upright_crop_within_three_looks(stage: Stage, degrees: int) -> None:
    for t in range(3):
        if await stage.show(t, turned(degrees)):
            break
    assert stage.feed.crops == 1
    crop, _ = await stage.examiner.look(stage.source.frame(turned(degrees)), "224x224x3", stage.feed.habit)
    assert crop.crop is not None and crop.doubt is None
    (face,) = Detector().detect(np.frombuffer(crop.crop.data, np.uint8).reshape(224, 224, 3))
    assert abs(face.roll) < 25


async def test_the_turn_of_a_camera_is_learnt_from_its_faces(stage: Stage) -> None:
    t = 0
    while stage.feed.habit.usual != 3:
        await stage.show(t, (turned(-90) * (0.8 if t % 2 else 1.0)).astype(np.uint8))
        t += 5
    before = stage.feed.crops
    assert await stage.show(t, turned(-90) // 2) == before + 1


async def test_a_face_from_the_side_is_a_state_and_gives_no_crop(stage: Stage) -> None:
    for t in range(6):
        assert await stage.show(t, aside()) == 0
    assert stage.feed.view.state is not None and stage.feed.view.state.status == "face_turned_away"
    assert stage.count("kept_total", why="retry") == 5  # looked for again all the while
    assert await stage.show(6, portrait()) == 1


async def test_a_camera_that_changes_its_size_goes_on(stage: Stage) -> None:
    assert await stage.show(0, portrait()) == 1
    assert await stage.show(5, couple()) == 2
    assert stage.feed.view.face_count == 2


async def test_the_smallest_frame_of_the_bus_can_be_examined(stage: Stage) -> None:
    assert await stage.show(0, portrait()[:16, :16]) == 0
    assert stage.count("frames_examined_total") == 1
    assert stage.count("frames_failed_total", kind="ImageError") == 0


async def test_the_thread_counts_as_hung_after_a_while(stage: Stage) -> None:
    release = asyncio.Event()
    entered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang() -> Sighting:
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(release.wait(), loop).result(PATIENCE_S)
        return Sighting(0, None, None, None, 0.0)

    hung = asyncio.create_task(stage.examiner._run(hang))
    await entered.wait()
    assert stage.examiner.alive
    stage.clock.seconds = 31
    assert not stage.examiner.alive
    release.set()
    await hung
    assert stage.examiner.alive


async def test_the_mailbox_holds_the_newest_frame() -> None:
    mailbox, source = Mailbox(), Source(ref(CAMERA))
    waiting = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    first, second, third = (source.frame(darkness()) for _ in range(3))
    assert not mailbox.put(first)
    assert await waiting is first
    assert not mailbox.put(second) and mailbox.put(third)
    assert await mailbox.take() is third


WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
LEFT = ((0.0, 0.0), (0.45, 0.0), (0.45, 1.0), (0.0, 1.0))
BELOW = ((0.0, 0.9), (1.0, 0.9), (1.0, 1.0), (0.0, 1.0))


@pytest.mark.parametrize(("bed", "faces", "crops"), [(None, 2, 1), (WHOLE, 2, 1), (LEFT, 1, 1), (BELOW, 0, 0)])
async def test_only_faces_in_bed_count(stage: Stage, bed: tuple | None, faces: int, crops: int) -> None:
    stage.feed.bed = bed
    assert await stage.show(0, couple()) == crops
    assert stage.feed.view.face_count == faces


async def test_the_smaller_face_in_bed_comes_before_the_larger_one_beside_it(stage: Stage) -> None:
    frame = stage.source.frame(couple())
    anywhere, _ = await stage.examiner.look(frame, "224x224x3", Habit())
    in_bed, _ = await stage.examiner.look(frame, "224x224x3", Habit(), LEFT)
    assert anywhere.region is not None and anywhere.region.left > 300 / 8
    assert in_bed.region is not None and in_bed.region.right <= 270 / 8 + 1
    assert (anywhere.faces, in_bed.faces) == (2, 1)
