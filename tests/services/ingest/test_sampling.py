"""Which frames are taken, when they were captured, how large they become, and which one waits for the bus."""

from __future__ import annotations

import asyncio

import av
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.ingest.errors import FrameError
from services.ingest.ice import IceServer, choose_addresses
from services.ingest.outbox import Outbox, Sample
from services.ingest.picture import Picture, target_size, to_picture
from services.ingest.sampling import CaptureClock, Sampler
from tests.services.ingest.moments import at


@pytest.mark.parametrize("fps", [5, 7, 15, 30])
def test_one_frame_a_second_without_drift(fps: int) -> None:
    sampler = Sampler(1.0)
    taken = [number for number in range(60 * fps) if sampler.take(100 + number / fps)]
    assert len(taken) == 60


def test_after_a_gap_one_frame_and_the_period_again() -> None:
    sampler = Sampler(1.0)
    assert sampler.take(0.0)
    assert not sampler.take(0.5)
    assert sampler.take(7.3)
    assert not sampler.take(7.4)
    assert not sampler.take(8.2)
    assert sampler.take(8.3)


def test_a_period_must_be_positive() -> None:
    with pytest.raises(ValueError, match="period_s"):
        Sampler(0.0)


def test_age_is_the_delay_beyond_the_least_and_one_interval() -> None:
    clock = CaptureClock()
    assert clock.age(0.0, 50.0) == 0.0
    assert clock.age(0.1, 50.1) == pytest.approx(0.1, abs=1e-3)
    assert clock.age(0.2, 50.5) == pytest.approx(0.3 + 0.1, abs=1e-3)
    assert clock.age(0.3, 50.5) == pytest.approx(0.2 + 0.1, abs=1e-3)


def test_a_growing_backlog_shows() -> None:
    clock = CaptureClock()
    ages = [clock.age(number / 15, 10 + number / 10) for number in range(300)]
    assert ages == sorted(ages)
    assert ages[-1] == pytest.approx(299 * (1 / 10 - 1 / 15), rel=0.05)


def test_a_senders_slow_clock_does_not_look_like_a_backlog() -> None:
    clock = CaptureClock()
    ages = [clock.age(number / 15 * (1 - 2e-4), 10 + number / 15) for number in range(15 * 3600)]
    assert max(ages) < 0.1


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_jump_of_the_senders_time_starts_anew(jump: float) -> None:
    clock = CaptureClock()
    for number in range(30):
        clock.age(number / 15, number / 15)
    ages = [clock.age(2 + jump + number / 15, 2 + number / 15) for number in range(30)]
    assert max(ages[1:]) < 0.1
    assert ages[0] <= CaptureClock.STEP_S


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0, 5)), min_size=1, max_size=50))
def test_age_is_never_negative(steps: list[tuple[float, float]]) -> None:
    clock, media, arrived = CaptureClock(), 0.0, 0.0
    for media_step, pause in steps:
        media, arrived = media + media_step, arrived + pause
        assert clock.age(media, arrived) >= 0.0


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ((640, 480), (640, 480)),
        ((1920, 1080), (640, 360)),
        ((1080, 1920), (360, 640)),
        ((320, 240), (320, 240)),
        ((641, 481), (640, 480)),
        ((33, 17), (32, 16)),
    ],
)
def test_sizes(source: tuple[int, int], target: tuple[int, int]) -> None:
    assert target_size(*source) == target


@pytest.mark.parametrize("source", [(0, 0), (8, 8), (4000, 20), (15, 640)])
def test_sizes_that_cannot_be(source: tuple[int, int]) -> None:
    with pytest.raises(FrameError):
        target_size(*source)


@given(st.integers(1, 8000), st.integers(1, 8000))
def test_sizes_are_even_bounded_and_keep_their_proportions(width: int, height: int) -> None:
    try:
        found = target_size(width, height)
    except FrameError:
        assume(False)
    assert all(side % 2 == 0 and 16 <= side <= 640 for side in found)
    assert found[0] <= width
    assert found[1] <= height
    scale = min(1.0, 640 / max(width, height))
    assert abs(found[0] - width * scale) <= 2
    assert abs(found[1] - height * scale) <= 2


def test_known_colours_become_known_planes() -> None:
    pixels = np.zeros((480, 640, 3), np.uint8)
    pixels[:, 320:] = 255
    picture = to_picture(av.VideoFrame.from_ndarray(pixels, format="rgb24"))
    luma = np.frombuffer(picture.data[: 640 * 480], np.uint8).reshape(480, 640)
    chroma = np.frombuffer(picture.data[640 * 480 :], np.uint8)
    assert (picture.width, picture.height, len(picture.data)) == (640, 480, 640 * 480 * 3 // 2)
    assert abs(int(luma[240, 100]) - 16) <= 1
    assert abs(int(luma[240, 500]) - 235) <= 1
    assert np.abs(chroma.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("size", [(640, 480), (1914, 1080), (322, 182), (98, 34), (1080, 1920)])
def test_rows_are_packed_without_padding(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(7).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(noise, format="rgb24")
    picture = to_picture(frame)
    expected = frame.reformat(width=picture.width, height=picture.height, format="yuv420p").to_ndarray()
    assert max(picture.width, picture.height) <= 640
    assert picture.data == expected.tobytes()


def sample(camera: str, mark: int) -> Sample:
    """A tiny sample told apart by its luma."""
    return Sample(camera, Picture(16, 16, bytes([mark]) * 384), at(mark))


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


def test_loopback_only_on_a_machine_without_a_network() -> None:
    assert choose_addresses((), []) == ["127.0.0.1"]
    assert choose_addresses((), ["192.0.2.2"]) == ["192.0.2.2"]
    assert choose_addresses(("192.0.2.9",), ["192.0.2.2"]) == ["192.0.2.9"]


def test_link_of_a_turn_server() -> None:
    server = IceServer("turn:turn.test?transport=udp", "user", "pass")
    assert server.link() == (
        '<turn:turn.test?transport=udp>; rel="ice-server"; username="user"; credential="pass"; '
        'credential-type="password"'
    )
    assert "pass" not in repr(server)
    assert IceServer("stun:stun.test").link() == '<stun:stun.test>; rel="ice-server"'
