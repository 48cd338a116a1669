"""Dense packing is a bijection, and a reader takes what is there: no more, no less."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snni.errors import WireError
from snni.wire.packing import Reader, pack, packed_bytes


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40), st.integers(1, 32))
def test_words_come_back(values: list[int], bits: int) -> None:
    words = np.array([value >> (32 - bits) for value in values], np.uint32)
    packed = pack(words, bits)
    assert len(packed) == packed_bytes(len(words), bits)
    reader = Reader(memoryview(packed))
    assert np.array_equal(reader.words(len(words), bits), words)
    reader.end()


@given(st.lists(st.integers(0, 255), max_size=40), st.integers(1, 8))
def test_bytes_come_back(values: list[int], bits: int) -> None:
    small = np.array([value >> (8 - bits) for value in values], np.uint8)
    reader = Reader(memoryview(pack(small, bits)))
    assert np.array_equal(reader.bytes(len(small), bits), small)
    reader.end()


def test_one_array_lies_behind_the_other_from_a_bytes_boundary_on() -> None:
    reader = Reader(memoryview(pack(np.array([5, 6, 7], np.uint32), 3) + pack(np.array([1, 0], np.uint8), 1)))
    assert reader.words(3, 3).tolist() == [5, 6, 7] and reader.bytes(2, 1).tolist() == [1, 0]
    reader.end()


@pytest.mark.parametrize("length", [0, 1, 4])
def test_a_payload_that_is_too_short_is_refused(length: int) -> None:
    with pytest.raises(WireError, match=f"short by {5 - length} bytes"):
        Reader(memoryview(bytes(length))).words(4, 10)


@pytest.mark.parametrize("more", [1, 100])
def test_what_is_left_over_is_refused(more: int) -> None:
    reader = Reader(memoryview(bytes(5 + more)))
    reader.words(4, 10)
    with pytest.raises(WireError, match=f"{more} bytes too many"):
        reader.end()
