"""A picture that is not whole is no picture of the room, and neither is what builds upon it."""

from __future__ import annotations

import av
import numpy as np
import pytest

from services.ingest.frames.decoder import Decoder
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
