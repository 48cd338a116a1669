"""Alerts and settings over days: found by what people ask for, written once, deleted by age."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from services.alerts.policy.alert import Alert, Outcome
from services.alerts.policy.care_plan import CarePlan
from services.alerts.records.database import Database
from services.alerts.records.history import History, Wanted
from services.alerts.records.settings_history import SettingsHistory
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.nurses import ADA

KEPT = timedelta(days=365)


@pytest.fixture
async def alerts(tmp_path: Path) -> list[Alert]:
    """Room 1's treated one, Room 3's severe open one, Room 2's without an outcome; the oldest first."""
    bench = Bench(tmp_path)
    first = await bench.raised("room-1", 2, 0)
    await bench.accept(first)
    await bench.arrive(first)
    treated = await bench.resolve(first, Outcome.PAIN_TREATED, "Ada", "Turned her 100% to the LEFT")
    second = await bench.raised("room-3", 3, 100)
    third = await bench.raised("room-2", 2, 200)
    found = {one.id: one for one in bench.ward_state.open_alerts()}
    return [treated, found[second], found[third]]


def history(database: Database, now: datetime = START) -> History:
    return History(database, lambda: now, KEPT)


async def test_alerts_are_found_by_what_is_asked_for(database: Database, alerts: list[Alert]) -> None:
    one = history(database)
    one.note(alerts)
    await one.write()
    treated, severe, open_one = alerts
    other = history(database)
    for wanted, found in [
        (Wanted(), [open_one, severe, treated]),
        (Wanted(words="left ada"), [treated]),
        (Wanted(words="100%"), [treated]),
        (Wanted(words="right"), []),
        (Wanted(words="_"), []),
        (Wanted(level=3), [severe]),
        (Wanted(outcome=Outcome.PAIN_TREATED), [treated]),
        (Wanted(unsaid=True), [open_one, severe]),
        (Wanted(room="room-2"), [open_one]),
        (Wanted(wards=("ward-1",)), [open_one, severe, treated]),
        (Wanted(wards=("ward-2",)), []),
        (Wanted(wards=()), []),
        (Wanted(since=severe.raised_at), [open_one, severe]),
        (Wanted(before=severe.raised_at), [treated]),
    ]:
        assert await other.find(wanted) == found, wanted
    assert await other.find(Wanted(), most=1) == [open_one]


async def test_pages_miss_none_and_repeat_none_also_among_alerts_of_one_moment(
    database: Database, alerts: list[Alert]
) -> None:
    one = history(database)
    many = [replace(alerts[1], id=f"{n:03}", raised_at=START + timedelta(minutes=n // 5)) for n in range(23)]
    one.note(many)
    wanted, found = Wanted(), []
    while part := await one.find(wanted, most=4):
        found += part
        wanted = replace(wanted, after=part[-1].id)
    assert found == sorted(many, key=lambda alert: (-alert.raised_at.timestamp(), alert.id))
    assert await one.find(Wanted(after="nobody's")) == []


async def test_an_alert_stands_there_once_as_it_last_stood(database: Database, alerts: list[Alert]) -> None:
    one = history(database)
    one.note(alerts)
    await one.write()
    later = replace(alerts[1], signals=7)
    one.note([alerts[1], later])
    assert (await one.find(Wanted(level=3))) == [later]
    again = history(database)
    again.note([later])
    assert (await again.find(Wanted(level=3))) == [later]


async def test_what_cannot_be_written_waits_and_old_ones_go(database: Database, alerts: list[Alert]) -> None:
    one = history(Database("sqlite:////nowhere/records.db"))
    one.note(alerts)
    assert not await one.keep()
    one._database = database
    assert await one.keep()
    assert len(await history(database).find(Wanted())) == 3
    assert await history(database, alerts[0].raised_at + KEPT).forget() == 0
    assert await history(database, alerts[1].raised_at + KEPT).forget() == 1


async def test_settings_are_kept_with_what_was_before(database: Database, tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    one = SettingsHistory(database, lambda: START, KEPT)
    bench.writer.act_listeners.append(one.note)
    scope = "ward-1/room-1/cam-room-1"
    for baseline in (1, 2):
        plan = CarePlan(ADA, bench.now, "calm face reads so", date(2026, 4, 1), baseline=baseline)
        await bench.writer.note(bench.writer.desk.plan(scope, plan, ADA, bench.now))
    await bench.writer.note(bench.writer.desk.pause_sound("ward-1", ADA, bench.now))
    newest, oldest = await one.read("ward-1")
    assert (newest.name, newest.scope) == ("Ada", scope)
    assert [newest.details[part]["baseline"] for part in ("before", "plan")] == [1, 2]  # type: ignore[index]
    assert oldest.details["before"] is None
    assert await one.read("ward-2") == []
    assert await SettingsHistory(database, lambda: START + KEPT + timedelta(days=1), KEPT).forget() == 2
    assert datetime(2026, 3, 1, tzinfo=UTC) < newest.at


async def test_settings_stand_there_once_whoever_writes_meanwhile_or_is_cancelled(
    database: Database, tmp_path: Path
) -> None:
    bench = Bench(tmp_path)
    one = SettingsHistory(database, lambda: START, KEPT)
    bench.writer.act_listeners.append(one.note)
    plan = CarePlan(ADA, bench.now, "calm face reads so", date(2026, 4, 1), baseline=1)
    await bench.writer.note(bench.writer.desk.plan("ward-1/room-1/cam-room-1", plan, ADA, bench.now))
    cancelled = asyncio.create_task(one.keep())
    event.listen(database._engine.sync_engine, "commit", lambda _: cancelled.cancel(), once=True)
    both = await asyncio.gather(cancelled, one.keep(), return_exceptions=True)
    assert isinstance(both[0], asyncio.CancelledError) and both[1] is True
    assert len(await one.read("ward-1")) == 1
