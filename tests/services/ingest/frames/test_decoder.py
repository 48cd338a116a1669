"""A picture that is not whole is no picture of the room, and neither is what builds upon it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from services.ingest.frames.decoder import MAX_PIXELS, Decoder
from tests.services.ingest.videos import drawn
from tests.support.rtsp.coded import encode, nal_type

START = b"\0\0\0\1"
SLICES = 4
UNITS = encode((drawn(number) for number in range(8)), "H264", key_every=4, slices=SLICES).units


def decoded(decoder: Decoder, nals: list[bytes]) -> list[np.ndarray] | None:
    """The brightness of what a packet of these gives."""
    found = decoder.pictures(av.Packet(b"".join(START + nal for nal in nals)))
    return None if found is None else [one.to_ndarray(format="gray") for one in found]


def without(unit: tuple[bytes, ...], slice_number: int) -> list[bytes]:
    """A picture's NAL units, one slice missing."""
    slices = [nal for nal in unit if nal_type("H264", nal) in (1, 5)]
    assert len(slices) == SLICES
    return [nal for nal in unit if nal is not slices[slice_number]]


def test_whole_pictures_come_out() -> None:
    decoder = Decoder("h264")
    for number, unit in enumerate(UNITS):
        (found,) = decoded(decoder, list(unit)) or ()
        assert np.abs(found.astype(int) - drawn(number)[..., 0]).mean() < 8


@pytest.mark.parametrize("missing", range(SLICES))
@pytest.mark.parametrize("at", [0, 1])
def test_from_a_picture_with_a_slice_missing_to_the_next_key_picture_there_is_none(at: int, missing: int) -> None:
    decoder = Decoder("h264")
    for unit in UNITS[:at]:
        assert decoded(decoder, list(unit))
    assert not decoded(decoder, without(UNITS[at], missing))
    for unit in UNITS[at + 1 : 4]:
        assert not decoded(decoder, list(unit))
    for number in range(4, 8):
        (found,) = decoded(decoder, list(UNITS[number])) or ()
        assert np.abs(found.astype(int) - drawn(number)[..., 0]).mean() < 8


def asking(count: int, width: int, height: int, pixels: str) -> list[bytes]:
    """Pictures, each of which asks for all before it to be held."""
    coder = av.VideoCodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt, coder.time_base = width, height, pixels, Fraction(1, 15)
    coder.options = {"preset": "ultrafast", "tune": "zerolatency", "x264-params": "ref=16:keyint=1000:scenecut=0"}
    frame = av.VideoFrame(width, height, pixels)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    found = []
    for number in range(count):
        frame.pts, frame.time_base = number, Fraction(1, 15)
        found += [bytes(packet) for packet in coder.encode(frame)]
    return found


def resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def test_a_few_bytes_make_no_decoder_hold_gigabytes() -> None:
    """Ten bits of three colours: 14 MB a picture, sixteen of which are asked for. Then it sends what others do."""
    hostile = asking(12, 2048, 1152, "yuv444p10le")
    assert sum(map(len, hostile)) < 100_000
    decoder, before = Decoder("h264"), resident_mib()
    assert not any(decoder.pictures(av.Packet(one)) for one in hostile)
    assert resident_mib() - before < 80
    assert decoded(decoder, list(UNITS[0]))


def test_pictures_of_more_pixels_than_may_be_are_none() -> None:
    width, height = 4096, MAX_PIXELS // 4096
    for more, count in ((0, 1), (16, 0)):
        (packet,) = asking(1, width, height + more, "yuv420p")
        assert len(Decoder("h264").pictures(av.Packet(packet)) or ()) == count
