"""Pictures of which a datagram was lost, and those that build upon them, never leave the reader."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Callable

import av
import numpy as np
import pytest

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.sources.rtsp.losses import MISSED, Losses
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.reader import read
from services.ingest.sources.rtsp.session import Session
from services.runtime.clock import SystemClock
from services.site.records import Rtsp
from tests.support.rtsp.camera import RtspCamera
from tests.support.rtsp.coded import Codec, Coded, encode, payloads
from tests.support.waiting import PATIENCE_S

KEY_EVERY = 5
PICTURES = 20
WANTED = 14
LOSING = (2, 7, 15)
"""Of a round of the video: pictures of which a datagram is lost, two that build upon others and a key picture."""


def noise(codec: Codec) -> Coded:
    """Pictures of which each needs several datagrams, and is like no other."""
    rng = np.random.default_rng(4)
    pictures = (
        np.kron(rng.integers(0, 256, (48, 64, 3), np.uint8), np.ones((2, 2, 1), np.uint8)) for _ in range(PICTURES)
    )
    return encode(pictures, codec, fps=15, key_every=KEY_EVERY)


def luma(picture: av.VideoFrame) -> bytes:
    return picture.to_ndarray(format="gray").tobytes()


def decoded(video: Coded) -> set[bytes]:
    """Every picture as it is when all arrives."""
    decoder = av.CodecContext.create({"H264": "h264", "H265": "hevc"}[video.codec], "r")
    units = [b"".join(b"\0\0\0\1" + nal for nal in unit) for unit in video.units]
    pictures = [picture for unit in [*units, None] for picture in decoder.decode(av.Packet(unit) if unit else None)]
    assert len(pictures) == PICTURES
    return {luma(picture) for picture in pictures}


async def arrived(camera: RtspCamera) -> list[bytes]:
    """What the reader leaves, WANTED pictures of it."""
    left: list[bytes] = []
    stop = threading.Event()

    def leave(frame: DecodedFrame) -> None:
        left.append(luma(frame.picture))
        if len(left) == WANTED:
            stop.set()

    where = Rtsp(url=camera.url(), transport="udp")
    options = RtspOptions(sample_period_s=0.01, silence_s=PATIENCE_S)
    session = Session(where, options, SystemClock(), stop, lambda: None, leave)
    await asyncio.wait_for(asyncio.to_thread(read, session), PATIENCE_S)
    return left


def in_the_middle(video: Coded) -> Callable[[int], bool]:
    """A datagram in the middle of each of the LOSING pictures, in each round of the video."""
    counts = [len(payloads(video.codec, unit)) for unit in video.units]
    firsts = [0, *itertools.accumulate(counts)]
    gone = {firsts[picture] + counts[picture] // 2 for picture in LOSING}
    return lambda number: number % firsts[-1] in gone


@pytest.mark.parametrize("codec", ["H264", "H265"])
async def test_what_is_left_is_whole(codec: Codec) -> None:
    video = noise(codec)
    assert min(len(payloads(codec, unit)) for unit in video.units) > 2
    true = decoded(video)
    async with RtspCamera(video, lost=in_the_middle(video)) as camera:
        found = await arrived(camera)
    assert set(found) <= true


def packet(pts: int, key: bool = False) -> av.Packet:
    made = av.Packet(b"picture")
    made.pts, made.is_keyframe = pts, key
    return made


def test_neither_the_picture_of_the_loss_nor_the_next_one_counts_up_to_a_key_picture() -> None:
    with Losses() as losses:
        assert losses.spare(packet(0, key=True)) and losses.spare(packet(1))
        logging.getLogger("libav.rtsp").warning("%s 1 packets", MISSED)
        told = [(2, False), (2, False), (3, True), (4, False), (5, False), (6, True), (7, False)]
        assert [losses.spare(packet(pts, key)) for pts, key in told] == [False] * 5 + [True, True]


class Root(logging.Handler):
    """What a process's log would get."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.got.append(record)


def test_other_streams_losses_and_other_words_change_nothing() -> None:
    root = Root()
    logging.getLogger().addHandler(root)
    try:
        with Losses() as losses:
            told = threading.Thread(target=logging.getLogger("libav.rtsp").warning, args=(MISSED,))
            told.start()
            told.join()
            logging.getLogger("libav.rtsp").warning("rtsp://user:password@host: no")
            assert losses.spare(packet(1))
    finally:
        logging.getLogger().removeHandler(root)
    assert not root.got


def test_libavs_log_is_heard_only_while_a_stream_is_read() -> None:
    """Heard, it takes the interpreter's lock: a decoder's thread that logs while the decoder is freed never ends."""
    with Losses():
        with Losses():
            pass
        assert av.logging.get_level() == av.logging.WARNING
    assert av.logging.get_level() is None
