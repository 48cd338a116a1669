"""What the looks at the cameras note: levels, the worst between two looks, and why nothing is seen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from services.alerts.level_watch import LevelWatch
from services.alerts.policy.coverage import Coverage
from services.alerts.records.database import Database
from services.alerts.records.levels import Levels
from tests.services.alerts.bench import START, Bench

CAMERA = "ward-1/room-1/cam-room-1"


async def test_every_kind_of_coverage_is_noted(tmp_path: Path) -> None:
    bench, database = Bench(tmp_path), Database(f"sqlite:///{tmp_path}/records.db")
    await database.open()
    levels = Levels(database, bench.clock, timedelta(days=31))
    watch = LevelWatch(bench.ward_state, levels, bench.clock)
    await bench.alive()
    await bench.pain(0, 0)
    await watch.look()
    await bench.pain(2, 3)
    await bench.pain(4, 1)
    await watch.look()
    bench.at(10)
    await watch.look()
    seconds = 10.0
    for component, status in (
        ("keyframe", "no_face"),
        ("ingest", "shutter_closed"),
        ("ingest", "paused"),
        ("ingest", "no_consent"),
        ("ingest", "consent_withdrawn"),
        ("ingest", "consent_unknown"),
        ("ingest", "offline"),
    ):
        seconds += 50
        await bench.state(seconds, component, status)
        await bench.alive("room-1", **{component: status})
        for later in (0, 5):
            bench.at(seconds + later)
            await watch.look()
    found = await levels.read([CAMERA], START, START + timedelta(hours=1))
    assert [(one.coverage, one.level) for one in found] == [
        (Coverage.SEEN, 0),
        (Coverage.SEEN, 3),
        (Coverage.NOBODY, None),
        *[(Coverage.PAUSED, None)] * 4,
        *[(Coverage.BLIND, None)] * 2,
    ]
    assert (watch.is_due(), watch.is_due()) == (True, False)
    await database.close()


async def test_a_level_counts_that_was_captured_before_a_look_and_came_after_it(tmp_path: Path) -> None:
    bench, database = Bench(tmp_path), Database(f"sqlite:///{tmp_path}/records.db")
    await database.open()
    levels = Levels(database, bench.clock, timedelta(days=31))
    watch = LevelWatch(bench.ward_state, levels, bench.clock)
    await bench.alive()
    await bench.pain(0, 0)
    bench.at(5)
    await watch.look()
    await bench.pain(4.5, 3)
    await bench.pain(9, 0)
    for seconds in (10, 15):
        bench.at(seconds)
        await watch.look()
    found = await levels.read([CAMERA], START, START + timedelta(hours=1))
    assert [one.level for one in found] == [0, 3]
    await database.close()
