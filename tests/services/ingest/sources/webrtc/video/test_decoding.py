"""Coded pictures to the wanted ones: coded for real by libvpx, decoded in the session's thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import av
import pytest

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.decoder import Decoder
from services.ingest.sources.webrtc.video import decoding
from services.ingest.sources.webrtc.video.assembly import Coded
from services.ingest.sources.webrtc.video.decoding import MOST_WAITING, Decoding, Handlers
from tests.services.ingest.sources.webrtc.video.vp8 import FPS, coded
from tests.support.waiting import eventually


@dataclass
class Taken:
    """What a decoding handed out, and how many pictures its decoder was given."""

    frames: list[DecodedFrame] = field(default_factory=list)
    broken: int = 0
    behind: int = 0
    decoded: int = 0
    held: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def numbers(self) -> list[int]:
        """Of the pictures, by their brightness; each came with its own time."""
        found = [round(float(frame.picture.to_ndarray()[:48].mean()) / 2) for frame in self.frames]
        assert [frame.media_s for frame in self.frames] == pytest.approx([number / FPS for number in found])
        return found


@pytest.fixture
async def taken(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Taken]:
    one = Taken()
    one.go_on.set()

    class Counted(Decoder):
        def pictures(self, packet: av.Packet) -> list[av.VideoFrame] | None:
            one.held.set()
            one.go_on.wait()
            one.decoded += 1
            return super().pictures(packet)

    monkeypatch.setattr(decoding, "Decoder", Counted)
    yield one
    one.go_on.set()


def begun(taken: Taken, period_s: float = 1.0) -> Decoding:
    def broken() -> None:
        taken.broken += 1

    def behind() -> None:
        taken.behind += 1

    return Decoding(period_s, Handlers(taken.frames.append, broken, behind))


async def put(decoder: Decoding, taken: Taken, pictures: list[Coded]) -> None:
    """One after the other, each once what the one before set off is done."""
    for one in pictures:
        decoder.put("VP8", one)

        async def idle() -> bool:
            return not decoder._busy

        await eventually(idle)


async def test_one_picture_a_period_comes_out_and_the_others_are_told_of(taken: Taken) -> None:
    decoder = begun(taken)
    await put(decoder, taken, coded(46))
    assert taken.numbers() == [0, 15, 30, 45]
    assert taken.decoded == 46
    moments = [moment for frame in taken.frames for moment in (*frame.passed, (frame.media_s, frame.received))]
    assert moments == [(number / FPS, number / FPS) for number in range(46)]
    decoder.close()


async def test_what_a_key_picture_makes_needless_is_not_decoded(taken: Taken) -> None:
    decoder = begun(taken)
    await put(decoder, taken, coded(31, keys=(0, 14, 29)))
    assert taken.numbers() == [0, 15, 30]
    assert taken.decoded == 5
    assert sum(len(frame.passed) for frame in taken.frames) == 28
    decoder.close()


async def test_what_no_other_picture_needs_is_not_decoded(taken: Taken) -> None:
    """As of two temporal layers, whose upper pictures are spare: here they are left out of what was coded."""
    decoder, pictures = begun(taken), coded(16)
    mixed = [
        picture
        for one in pictures
        for picture in (one, replace(one, data=b"never looked at", media=one.media + 1, key=False, spare=True))
    ]
    await put(decoder, taken, mixed)
    assert taken.numbers() == [0, 15]
    assert taken.decoded == 16
    assert taken.broken == 0
    decoder.close()


async def test_what_cannot_be_decoded_is_told_and_not_shown(taken: Taken) -> None:
    decoder, pictures = begun(taken), coded(31)
    pictures[20] = replace(pictures[20], data=b"")
    await put(decoder, taken, pictures)
    assert taken.numbers() == [0, 15]
    assert taken.broken == 1
    decoder.close()


async def test_a_decoder_that_stays_behind_is_told_of_before_much_waits(taken: Taken) -> None:
    decoder, pictures = begun(taken), coded(3)
    taken.go_on.clear()
    decoder.put("VP8", pictures[0])
    await asyncio.to_thread(taken.held.wait)
    for _ in range(MOST_WAITING - 1):
        decoder.put("VP8", pictures[1])
    assert taken.behind == 0
    decoder.put("VP8", pictures[1])
    assert taken.behind == 1
    taken.go_on.set()
    decoder.close()


async def test_nothing_comes_after_the_end(taken: Taken) -> None:
    before = set(threading.enumerate())
    decoder, pictures = begun(taken), coded(1)
    (thread,) = set(threading.enumerate()) - before
    taken.go_on.clear()
    decoder.put("VP8", pictures[0])
    await asyncio.to_thread(taken.held.wait)
    decoder.close()
    taken.go_on.set()

    await asyncio.to_thread(thread.join)
    await asyncio.sleep(0)
    assert taken.frames == []
