"""Packets to pictures around a pause, where the camera speaks of its parameter sets once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import av
import pytest

from services.ingest.frames.decoded import DecodedFrame
from services.ingest.frames.decoder import Decoder
from services.ingest.frames.parameter_sets import START_CODE
from services.ingest.sources.rtsp.losses import Losses
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.reading import Reading
from services.ingest.sources.rtsp.session import Session
from services.site.records import Rtsp
from tests.services.ingest.videos import drawn
from tests.services.moments import ManualClock
from tests.support.rtsp.coded import Codec, Coded, encode

NAMES = {"H264": "h264", "H265": "hevc"}


class Camera:
    """Its packets as libavformat gives them; may: what the ward says of it."""

    def __init__(self, codec: Codec, losses: Losses) -> None:
        self.may, self.frames, self._clock, self._shown = True, list[DecodedFrame](), ManualClock(), 0
        session = Session(
            Rtsp(url="rtsp://camera.invalid/1", transport="tcp"),
            RtspOptions(sample_period_s=0.01),
            self._clock,
            threading.Event(),
            lambda: None,
            self.frames.append,
            lambda: self.may,
        )
        self._reading = Reading(session, Decoder(NAMES[codec], needed_only=True), codec, losses)

    def show(self, units: tuple[bytes, ...], *, key: bool) -> None:
        packet = av.Packet(b"".join(START_CODE + unit for unit in units))
        packet.pts, packet.time_base, packet.is_keyframe = self._shown, Fraction(1, 10), key
        self._reading.take(packet)
        self._shown += 1
        self._clock.advance(0.1)


def video(codec: Codec, width: int) -> Coded:
    return encode((drawn(number, width, 96) for number in range(2)), codec)


def without_sets(coded: Coded) -> tuple[bytes, ...]:
    return tuple(unit for unit in coded.units[0] if unit not in coded.parameter_sets)


@pytest.fixture
def losses() -> Iterator[Losses]:
    with Losses() as found:
        yield found


@pytest.mark.parametrize("codec", ["H264", "H265"])
@pytest.mark.parametrize("width_after", [128, 192])
def test_what_it_shows_is_seen_again(codec: Codec, width_after: int, losses: Losses) -> None:
    """Also where it told within the pause that its pictures are others now."""
    camera, coded, after = Camera(codec, losses), video(codec, 128), video(codec, width_after)
    camera.show(coded.units[0], key=True)
    camera.show(coded.units[1], key=False)
    assert [frame.picture.width for frame in camera.frames] == [128, 128]
    camera.may = False
    if after is not coded:
        camera.show(after.parameter_sets, key=False)
    camera.show(after.units[1], key=False)
    camera.may = True
    camera.show(after.units[1], key=False)
    assert len(camera.frames) == 2
    camera.show(without_sets(after), key=True)
    assert [frame.picture.width for frame in camera.frames[2:]] == [width_after]
