"""Parameter sets as real encoders write them, by number; and nothing else, whatever comes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.frames.parameter_sets import (
    KINDS,
    MOST_BYTES,
    MOST_UNITS,
    START_CODE,
    Codec,
    ParameterSets,
    before_picture,
    kind_of,
)
from tests.support.rtsp.coded import Coded, encode


def video(codec: Codec, side: int = 64) -> Coded:
    return encode((np.full((side, side, 3), 40 * number, np.uint8) for number in range(3)), codec)


def stream(units: tuple[bytes, ...]) -> bytes:
    return b"".join(START_CODE + unit for unit in units)


@pytest.mark.parametrize("codec", ["H264", "H265"])
def test_an_encoders_sets_are_found_before_its_picture_and_given_in_the_decoders_order(codec: Codec) -> None:
    coded = video(codec)
    found = list(before_picture(codec, stream(coded.units[0])))
    assert set(coded.parameter_sets) <= set(found)
    assert list(before_picture(codec, stream(coded.units[1]))) == []
    sets = ParameterSets(codec)
    sets.note(reversed(found))
    assert sets.besides(coded.units[1]) == stream(coded.parameter_sets)
    assert sets.besides(found) == b"", "the picture brings them all"


def test_of_units_without_number_few_are_looked_at() -> None:
    assert len(list(before_picture("H264", b"\0\0\1\x09\x10" * 10 * MOST_UNITS))) == MOST_UNITS


@pytest.mark.parametrize("codec", ["H264", "H265"])
def test_of_one_number_the_newest_is_kept(codec: Codec) -> None:
    before, after = video(codec), video(codec, side=128)
    sets = ParameterSets(codec)
    sets.note(before.units[0])
    sets.note(after.units[0])
    assert sets.besides(()) == stream(after.parameter_sets)


def test_h264_sets_of_several_numbers_stand_side_by_side() -> None:
    """ue(v) 0, 1 and 2 are 1, 010 and 011 (9.1); a sequence's number follows three bytes."""
    sequences = [b"\x67\x42\xc0\x1f" + bytes([one]) for one in (0b1_0000000, 0b010_00000, 0b011_00000)]
    pictures = [b"\x68" + bytes([one]) for one in (0b1_0000000, 0b010_00000)]
    sets = ParameterSets("H264")
    sets.note([pictures[1], *sequences, pictures[0]])
    assert sets.besides(()) == stream((*sequences, *pictures))


@pytest.mark.parametrize(("layers", "number"), list(product((0, 2), (0, 5))))
def test_h265_sequences_are_told_apart_behind_every_profile(layers: int, number: int) -> None:
    """By hand after H.265, 7.3.2.2 and 7.3.3: general, then what is told of lower layers."""
    profile, level = "0" * 88, "01011101"
    told = "11" * layers + "00" * (8 - layers if layers else 0) + (profile + level) * layers
    number_bits = {0: "1", 5: "00110"}[number]
    bits = f"0000{layers:03b}1{profile}{level}{told}{number_bits}1"
    bits += "0" * (-len(bits) % 8)
    escaped = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\0\0", b"\0\0\3")
    other = b"\x42\x01\x01" + b"\x01" * 12 + bytes([0b1_0000000])
    sets = ParameterSets("H265")
    sets.note([other, b"\x42\x01" + escaped])
    kept = sets.besides(()).split(START_CODE)[1:]
    assert kept == ([b"\x42\x01" + escaped] if number == 0 else [other, b"\x42\x01" + escaped])


def test_what_is_too_long_to_be_a_set_is_not_kept() -> None:
    sets = ParameterSets("H264")
    sets.note([b"\x67" + b"\x80" * MOST_BYTES])
    assert sets.besides(()) == b""


@pytest.mark.parametrize("codec", ["H264", "H265"])
@given(data=st.data())
def test_whatever_comes_only_sets_are_kept_and_few(codec: Codec, data: st.DataObject) -> None:
    head = st.sampled_from(KINDS[codec]).map(lambda kind: bytes([kind << (codec == "H265"), 1]))
    units = data.draw(st.lists(st.binary(max_size=20) | st.tuples(head, st.binary(max_size=20)).map(b"".join)))
    sets = ParameterSets(codec)
    sets.note(units)
    sets.note(before_picture(codec, data.draw(st.binary(max_size=200))))
    kept = sets.besides(()).split(START_CODE)[1:]
    assert all(kind_of(codec, unit) in KINDS[codec] for unit in kept)


def test_numbers_beyond_what_there_may_be_fill_no_memory() -> None:
    sets = ParameterSets("H264")
    for number in range(2000):
        code = bin(number + 1)[2:]
        bits = "0" * (len(code) - 1) + code + "1"
        sets.note([b"\x68" + int(bits.ljust(32, "0"), 2).to_bytes(4, "big")])
    assert sets.besides(()).count(START_CODE) == 256
