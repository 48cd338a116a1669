"""Levels over days: spans without a hole where looks came in time, and a hole where they did not."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.alerts.errors import RecordsUnavailable
from services.alerts.policy.coverage import Coverage, Span, clipped
from services.alerts.records.database import Database
from services.alerts.records.levels import LOOK, Levels

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEPT = timedelta(days=31)
DAY = timedelta(days=1)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def levels(database: Database, now: datetime = START) -> Levels:
    return Levels(database, lambda: now, KEPT)


async def test_spans_are_read_as_they_were_seen_written_or_not(database: Database) -> None:
    one = levels(database)
    seen = [
        (0, Coverage.SEEN, 0),
        (5, Coverage.SEEN, 0),
        (10, Coverage.SEEN, 2),
        (15, Coverage.BLIND, None),
        (20, Coverage.PAUSED, None),
    ]
    wanted = [
        Span("a", at(0), at(10), Coverage.SEEN, 0),
        Span("a", at(10), at(15), Coverage.SEEN, 2),
        Span("a", at(15), at(20), Coverage.BLIND),
    ]
    for seconds, coverage, level in seen:
        one.note("a", coverage, level, at(seconds))
        one.note("b", Coverage.SEEN, 1, at(seconds))
        await one.write()
    assert await one.read(["a"], START - DAY, START + DAY) == wanted
    one.note("a", Coverage.PAUSED, None, at(25))
    assert (await one.read(["a"], START, START + DAY))[-1] == Span("a", at(20), at(25), Coverage.PAUSED)
    assert await one.read(["a"], at(10), at(14)) == wanted[1:2]
    await one.write()
    other = levels(database)
    assert len(await other.read(["a", "b"], START, START + DAY)) == 5
    assert await other.read(["c"], START, START + DAY) == []


async def test_a_time_without_looks_is_a_hole(database: Database) -> None:
    one = levels(database)
    late = LOOK.total_seconds() + 1
    for seconds in (0, 5, 5 + late, 10 + late):
        one.note("a", Coverage.SEEN, 0, at(seconds))
    await one.write()
    found = await one.read(["a"], START, START + DAY)
    assert [(one.began_at, one.ended_at) for one in found] == [(at(0), at(5)), (at(5 + late), at(10 + late))]


async def test_a_clock_that_was_set_ends_what_is_open(database: Database) -> None:
    one = levels(database)
    for seconds in (0, 5):
        one.note("a", Coverage.SEEN, 0, at(seconds))
    one.forget_open()
    for seconds in (-3600, -3595):
        one.note("a", Coverage.SEEN, 0, at(seconds))
    found = await one.read(["a"], START - DAY, START + DAY)
    assert [one.lasts for one in found] == [timedelta(seconds=5)] * 2


async def test_old_spans_are_deleted_and_young_ones_stay(database: Database) -> None:
    one = levels(database)
    for seconds in (0, 5):
        one.note("a", Coverage.SEEN, 0, at(seconds))
    await one.write()
    assert await levels(database, at(5) + KEPT).forget() == 0
    assert await levels(database, at(6) + KEPT).forget() == 1


async def test_what_cannot_be_written_waits(database: Database) -> None:
    one = levels(Database("sqlite:////nowhere/records.db"))
    one.note("a", Coverage.SEEN, 0, at(0))
    one.note("a", Coverage.SEEN, 1, at(5))
    assert not await one.keep()
    with pytest.raises(RecordsUnavailable):
        await one.write()
    one._database = database
    assert await one.keep()
    assert await levels(database).read(["a"], START, START + DAY) == [Span("a", at(0), at(5), Coverage.SEEN, 0)]


@given(st.lists(st.tuples(st.floats(0, 60), st.sampled_from([*range(4), None])), min_size=1, max_size=40))
def test_spans_hold_every_look_and_overlap_nowhere(looks: list[tuple[float, int | None]]) -> None:
    one, now, total = Levels(Database("sqlite:////nowhere/x.db"), lambda: START, KEPT), START, timedelta(0)
    for step, level in looks:
        last, now = now, now + timedelta(seconds=step)
        if one._open and now - last <= LOOK:
            total += now - last
        one.note("a", Coverage.BLIND if level is None else Coverage.SEEN, level, now)
    one.forget_open()
    spans = list(one._waiting)
    assert sum((span.lasts for span in spans), timedelta(0)) == total
    assert all(first.ended_at <= second.began_at for first, second in itertools.pairwise(spans))
    half = START + timedelta(seconds=30)
    parts = [*clipped(spans, START, half), *clipped(spans, half, now + DAY)]
    assert sum((span.lasts for span in parts), timedelta(0)) == total
