"""Levels in steps: nothing that lasted is lost, the worst is told, gaps stay gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.alerts.policy.course import NONE, UNSEEN, even, merged, runs, steps
from services.alerts.policy.coverage import Coverage, Span, clipped

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
COVERED = st.sampled_from([*((Coverage.SEEN, level) for level in range(4)), *((why, None) for why in UNSEEN)])
SPANS = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 400), COVERED), max_size=30)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def laid(parts: list[tuple[int, int, tuple[Coverage, int | None]]]) -> list[Span]:
    """Spans one after the other; each begins so many seconds after the one before."""
    found, now = [], -100.0
    for gap, lasts, (coverage, level) in parts:
        found.append(Span("bed", at(now + gap), at(now + gap + lasts), coverage, level))
        now += gap + lasts
    return found


@given(SPANS, st.integers(1, 3000), st.integers(1, 700))
def test_what_lasted_is_in_the_steps_and_nothing_else(
    parts: list[tuple[int, int, tuple[Coverage, int | None]]], length: int, step: int
) -> None:
    spans, edges = laid(parts), even(START, at(length), timedelta(seconds=step))
    assert (edges[0], edges[-1]) == (START, at(length))
    found = steps(spans, edges)
    assert [(one.start, one.end) for one in found] == list(pairwise(edges))
    cut = clipped(spans, START, at(length))
    for level in range(4):
        wanted = sum((one.lasts for one in cut if one.level == level), NONE)
        assert sum((one.levels[level] for one in found), NONE) == wanted
    for why in UNSEEN:
        wanted = sum((one.lasts for one in cut if one.coverage is why), NONE)
        assert sum((one.unseen(why) for one in found), NONE) == wanted
    known = sum((one.lasts for one in cut), NONE)
    assert sum((one.unrecorded for one in found), NONE) == timedelta(seconds=length) - known
    for one in found:
        inside = [part.level for part in clipped(cut, one.start, one.end) if part.level is not None]
        assert one.worst == max(inside, default=None)


@given(SPANS, st.lists(st.integers(1, 2999), max_size=8, unique=True))
def test_longer_steps_are_what_shorter_ones_are_together(
    parts: list[tuple[int, int, tuple[Coverage, int | None]]], inner: list[int]
) -> None:
    spans = laid(parts)
    coarse = [START, *(at(one) for one in sorted(inner)), at(3000)]
    fine = sorted({*coarse, *even(START, at(3000), timedelta(seconds=70))})
    assert merged(steps(spans, fine), coarse) == steps(spans, coarse)


@given(SPANS)
def test_runs_cover_the_time_and_neighbours_differ(parts: list[tuple[int, int, tuple[Coverage, int | None]]]) -> None:
    found = runs(steps(laid(parts), even(START, at(3000), timedelta(seconds=60))))
    assert (found[0][0], found[-1][1]) == (START, at(3000))
    for one, two in pairwise(found):
        assert one[1] == two[0]
        assert one[2] != two[2]


def test_a_short_pain_is_told_and_a_gap_by_what_lasted_longest() -> None:
    spans = [
        Span("bed", at(0), at(55), Coverage.SEEN, 0),
        Span("bed", at(55), at(56), Coverage.SEEN, 3),
        Span("bed", at(60), at(80), Coverage.PAUSED),
        Span("bed", at(80), at(119), Coverage.BLIND),
        Span("bed", at(180), at(185), Coverage.NOBODY),
    ]
    found = steps(spans, even(START, at(240), timedelta(seconds=60)))
    assert [one.worst for one in found] == [3, None, None, None]
    assert [one.gap for one in found[1:]] == [Coverage.BLIND, None, None]
    assert runs(found) == [(at(0), at(60), 3), (at(60), at(120), Coverage.BLIND), (at(120), at(240), None)]
