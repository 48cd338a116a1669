"""Where an event came from, and whether its store started over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bus.origin import JUMP, SOURCE, Origins, origin_of


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("OUT:3f2a 17", ("OUT:3f2a", 17)),
        ("OUT:3f2a 1795900085323 pain.> > pain.v1.w.r.c", ("OUT:3f2a", 1795900085323)),
        ("OUT:3f2a", None),
        ("OUT:3f2a x", None),
        ("OUT:3f2a " + "9" * 5000, None),
        ("", None),
    ],
)
def test_the_header_of_both_generations_of_servers(header: str, found: tuple[str, int] | None) -> None:
    assert origin_of({SOURCE: header}) == found
    assert origin_of(None) is None and origin_of({}) is None


@given(st.integers(1, 2**50), st.lists(st.integers(-5, JUMP), max_size=30), st.integers(JUMP + 6, 2**50))
def test_only_a_jump_is_a_start(first: int, steps: list[int], jump: int) -> None:
    origins, number = Origins(), first
    assert not origins.started_over(("OUT:a", number))
    for step in steps:
        number = max(number, number + step)
        assert not origins.started_over(("OUT:a", number))
    assert not origins.started_over(("OUT:b", number + jump))
    assert not origins.started_over(None)
    assert origins.started_over(("OUT:a", number + jump))
    assert not origins.started_over(("OUT:a", number + jump + 1))
