"""What packets say of the picture that they are part of, against aiortc's packetizers and descriptors by hand."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.webrtc.video.payload import Piece, piece

KEY, INTER = b"\x10\x02\x00\x9d\x01\x2a", b"\x11\x02\x00"
"""The first bytes of VP8 pictures (RFC 6386, 9.1)."""


def noise(number: int) -> av.VideoFrame:
    pixels = np.random.default_rng(number).integers(0, 255, (240, 320, 3), dtype=np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    frame.pts, frame.time_base = number * 3000, Fraction(1, 90000)
    return frame


@pytest.mark.parametrize(("codec", "encoder"), [("VP8", Vp8Encoder), ("H264", H264Encoder)])
def test_a_coders_pictures_begin_once_and_the_first_is_a_key(
    codec: str, encoder: type[Vp8Encoder | H264Encoder]
) -> None:
    coder = encoder()
    for number in range(3):
        packets, _ = coder.encode(noise(number), force_keyframe=number == 0)
        pieces = [piece(codec, payload) for payload in packets]
        assert len(pieces) > 1
        assert pieces[0].begins
        assert any(one.key for one in pieces) is (number == 0)
        assert not any(one.spare for one in pieces)
        if codec == "VP8":
            assert not any(one.begins for one in pieces[1:])


@given(
    first=st.booleans(),
    picture_id=st.none() | st.integers(0, 2**15 - 1),
    tl0=st.none() | st.integers(0, 255),
    tid=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 1)),
    keyidx=st.none() | st.integers(0, 31),
    key=st.booleans(),
)
def test_every_vp8_descriptor_is_read(
    first: bool,
    picture_id: int | None,
    tl0: int | None,
    tid: tuple[int, int] | None,
    keyidx: int | None,
    key: bool,
) -> None:
    content = KEY if key else INTER
    descriptor = VpxPayloadDescriptor(int(first), 0, picture_id, tl0, tid, keyidx)
    spare = tid is not None and tid[0] > 0
    assert piece("VP8", bytes(descriptor) + content) == Piece(content, first, first and key, spare)


def test_a_picture_that_none_refers_to_is_spare() -> None:
    assert piece("VP8", b"\x30" + INTER).spare
    assert piece("H264", b"\x01\x80").spare
    assert not piece("H264", b"\x61\x80").spare


def test_only_what_begins_a_picture_tells_of_it() -> None:
    assert not piece("VP8", b"\x01" + KEY).begins, "the second partition"
    assert piece("H264", b"\x7c\x85\x80").key, "the first fragment of an IDR slice"
    assert not piece("H264", b"\x7c\x05\x80").key
    assert not piece("H264", b"\x7c\x05\x80").begins
    assert piece("H264", b"\x78\x00\x02\x67\x42\x00\x02\x65\x80").key, "an IDR slice behind its parameters"
    assert not piece("H264", b"\x67\x42").key, "parameters are sent beside pictures that need others, too"


@pytest.mark.parametrize(
    ("codec", "payload"),
    [
        ("VP8", b"\x90"),
        ("VP8", b"\x90\x80"),
        ("VP8", b"\x10"),
        ("VP8", b"\x90\x20"),
        ("H264", b"\x65"),
        ("H264", b"\x7f\0"),
    ],
)
def test_what_is_cut_short_is_none(codec: str, payload: bytes) -> None:
    with pytest.raises(ValueError):
        piece(codec, payload)


@given(st.sampled_from(["VP8", "H264"]), st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(codec: str, payload: bytes) -> None:
    try:
        found = piece(codec, payload)
    except ValueError:
        return
    assert found.begins or not found.key
    assert payload or found == Piece(b"", begins=False, key=False, spare=True)
