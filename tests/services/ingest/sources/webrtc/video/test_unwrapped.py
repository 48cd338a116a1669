"""Numbers that wrap, on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.sources.webrtc.video.unwrapped import Unwrapped


@pytest.mark.parametrize("bits", [16, 32])
@given(data=st.data())
def test_numbers_follow_each_other_the_shorter_way_around(bits: int, data: st.DataObject) -> None:
    span = 1 << bits
    number = data.draw(st.integers(0, span - 1))
    steps = data.draw(st.lists(st.integers(1 - span // 2, span // 2 - 1), max_size=50))
    line, expected = Unwrapped(bits), 0
    assert line.of(number) == 0
    for step in steps:
        number, expected = (number + step) % span, expected + step
        assert line.of(number) == expected
