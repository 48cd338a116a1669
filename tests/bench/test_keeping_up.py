"""A measurement of a machine that did not take its load says so."""

import pytest

from bench.keeping_up import kept_up, warning


@pytest.mark.parametrize(
    ("late", "taken", "well"), [(0, 1000, True), (10, 1000, True), (11, 1000, False), (0, 990, True), (6, 994, False)]
)
def test_one_event_in_a_hundred_may_come_late_or_be_on_its_way(late: int, taken: float, well: bool) -> None:
    assert kept_up(1000, late, taken) is well


def test_what_is_told_names_how_far_behind_it_was_and_what_helps() -> None:
    told = warning(1000, 200, 700.0)
    assert "of 1000 events 200 were late and 700 taken in" in told
    assert "ask for less" in told
