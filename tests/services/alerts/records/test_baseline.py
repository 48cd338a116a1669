"""The command that suggests a baseline: from the ward's database, of one camera, with nothing set."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from services.alerts.policy.alert import Outcome
from services.alerts.policy.coverage import Coverage
from services.alerts.records import baseline
from services.alerts.records.baseline import look_back, said
from services.alerts.records.database import Database
from services.alerts.records.history import History
from services.alerts.records.levels import LOOK, Levels
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.process import AlertsProcess

BED, OTHER = "ward-1/room-1/cam-room-1", "ward-1/room-2/cam-room-2"
HOUR = timedelta(hours=1)


async def test_levels_of_the_days_before_and_what_was_said_at_the_bed(database: Database, tmp_path: Path) -> None:
    bench, end = Bench(tmp_path), START + 4 * HOUR
    kept = Levels(database, lambda: end, timedelta(days=30))
    for step in range(int(3 * HOUR / LOOK) + 1):
        kept.note(BED, Coverage.SEEN, 1, START + step * LOOK)
        kept.note(OTHER, Coverage.SEEN, 0, START + step * LOOK)
    await kept.write()
    found = await look_back(database, BED, end, timedelta(days=7))
    assert found.baseline == 1 and found.calm == 3 * HOUR
    assert (await look_back(database, OTHER, end, timedelta(days=7))).baseline == 0
    assert (await look_back(database, BED, end + timedelta(days=9), timedelta(days=7))).baseline is None
    raised = await bench.raised("room-1", 2, 0)
    await bench.accept(raised)
    await bench.arrive(raised)
    history = History(database, lambda: end, timedelta(days=30))
    history.note(bench.ward_state.open_alerts())
    await history.write()
    assert (await look_back(database, BED, end, timedelta(days=7))).baseline is None  # it is open: nothing is calm
    assert (await look_back(database, OTHER, end, timedelta(days=7))).baseline == 0
    history.note([await bench.resolve(raised, Outcome.NO_PAIN, "Ada", "sleeps")])
    await history.write()
    assert (await look_back(database, BED, end, timedelta(days=7))).baseline == 1


async def test_what_is_said(database: Database) -> None:
    found = await look_back(database, BED, START, timedelta(days=7))
    assert said(BED, found).startswith(f"{BED}: no baseline to suggest: fewer than 2 hours of calm levels (0.0 h")


def test_the_command_as_an_operator_runs_it(nats_pair: NatsPair, tmp_path: Path) -> None:
    process = AlertsProcess(nats_pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts")
    assert process.answer("baseline", BED).startswith(f"{BED}: no baseline to suggest")


def test_a_camera_that_is_not_there(nats_pair: NatsPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                    capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    process = AlertsProcess(nats_pair, f"unix://{tmp_path}/none.sock", tmp_path / "alerts")
    for name, value in process._environment.items():
        monkeypatch.setenv(name, value)
    assert baseline.main(["ward-1/room-9/none"]) == 2
    assert f"no camera ward-1/room-9/none; there are {BED}" in capsys.readouterr().err
