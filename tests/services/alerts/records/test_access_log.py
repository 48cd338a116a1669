"""Who read and did what: noted at once, written when it can be, read newest first, forgotten by age."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from localsite.postgres_server import start_postgres
from services.alerts.actor import Actor, Role, Way
from services.alerts.errors import RecordsUnavailable
from services.alerts.records import access_log
from services.alerts.records.access_log import AccessLog, EntryFilter, Kind, entry
from services.alerts.records.database import Database
from tests.support.waiting import eventually

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
ADA = Actor("a1", "Ada", Role.NURSE, ("ward-1",), Way.PASSWORD)
BO = Actor("b1", "Bo", Role.AUDITOR, None, Way.PIN)


class Log:
    """A log on a database, with a clock that is turned by hand."""

    def __init__(self, database: Database) -> None:
        self.now = START
        self.log = AccessLog(database, lambda: self.now, timedelta(days=183))

    def note(self, actor: Actor, kind: Kind, action: str, what: str, ward: str | None = "ward-1") -> None:
        self.log.note(entry(actor, kind, action, what, self.now, ward))

    async def objects(self, **wanted: object) -> list[str]:
        return [one.object for _, one in await self.log.read(EntryFilter(**wanted))]  # type: ignore[arg-type]


@pytest.fixture
def kept(database: Database) -> Log:
    return Log(database)


async def test_what_is_noted_stands_there_as_it_was(kept: Log) -> None:
    line = entry(ADA, Kind.ACT, "acknowledge", "alert-1", START, "ward-1", "conflict")
    kept.log.note(line)
    await kept.log.write()
    assert [one for _, one in await kept.log.read(EntryFilter())] == [line]
    assert (line.actor, line.name, line.role, line.way) == ("a1", "Ada", "nurse", "password")


@pytest.mark.parametrize("asked", ["\0", "ward\n1", "\ud800", "w" * 5000])
async def test_whatever_is_asked_for_keeps_no_line_from_being_written(kept: Log, asked: str) -> None:
    """Who asks for what no database takes would else hide all that is read and done from then on."""
    kept.note(ADA, Kind.READ, "page", asked, asked)
    kept.note(BO, Kind.ACT, "acknowledge", "alert-1")
    await kept.log.write()
    assert kept.log.available
    assert len(await kept.objects()) == 2


async def test_lines_are_found_by_person_kind_ward_and_place(kept: Log) -> None:
    kept.note(ADA, Kind.ACT, "acknowledge", "one")
    kept.note(BO, Kind.READ, "page", "two", "ward-2")
    kept.note(ADA, Kind.SIGN_IN, "password", "three", None)
    await kept.log.write()
    assert await kept.objects() == ["three", "two", "one"]
    assert await kept.objects(actor="a1") == ["three", "one"]
    assert await kept.objects(kind=Kind.READ) == ["two"]
    assert await kept.objects(wards=("ward-1",)) == ["one"]
    assert await kept.objects(wards=()) == []
    newest = (await kept.log.read(EntryFilter(), most=1))[0][0]
    assert await kept.objects(before=newest) == ["two", "one"]


async def test_the_same_look_is_noted_once_a_minute_and_every_act_is(kept: Log) -> None:
    for seconds in (0, 1, 59, 60, 61):
        kept.now = START + timedelta(seconds=seconds)
        kept.note(ADA, Kind.READ, "page", "ward-1")
        kept.note(BO, Kind.READ, "page", "ward-1")
        kept.note(ADA, Kind.ACT, "acknowledge", "alert")
    await kept.log.write()
    assert (await kept.objects()).count("ward-1") == 4
    assert (await kept.objects()).count("alert") == 5


async def test_what_is_too_old_is_deleted_and_nothing_younger(kept: Log) -> None:
    kept.note(ADA, Kind.ACT, "acknowledge", "old")
    kept.now += timedelta(seconds=1)
    kept.note(ADA, Kind.ACT, "acknowledge", "young")
    await kept.log.write()
    kept.now = START + timedelta(days=183, milliseconds=500)
    assert await kept.log.forget() == 1
    assert await kept.objects() == ["young"]


async def test_while_the_database_is_away_lines_wait_and_are_written_once(tmp_path: Path) -> None:
    server = start_postgres(tmp_path / "postgres.log")
    try:
        database = Database(server.new_database())
        await database.open()
        kept = Log(database)
        server.kill()
        kept.note(ADA, Kind.ACT, "acknowledge", "one")
        await kept.log.write()
        assert not kept.log.available
        with pytest.raises(RecordsUnavailable):
            await kept.log.read(EntryFilter())
        server.start_again()

        async def back() -> bool:
            await kept.log.write()
            return kept.log.available

        await eventually(back)
        await kept.log.write()
        assert await kept.objects() == ["one"]
        await database.close()
    finally:
        server.stop()


async def test_what_waits_is_bounded_and_what_is_given_up_counted(kept: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "WAITING_LIMIT", 2)
    for name in ("one", "two", "three"):
        kept.note(ADA, Kind.ACT, "acknowledge", name)
    await kept.log.write()
    assert kept.log.lost == 1
    assert await kept.objects() == ["three", "two"]


async def test_a_write_that_is_cancelled_at_its_commit_writes_each_line_once(kept: Log, database: Database) -> None:
    kept.note(ADA, Kind.ACT, "acknowledge", "one")
    writing = asyncio.create_task(kept.log.write())
    event.listen(database._engine.sync_engine, "commit", lambda _: writing.cancel(), once=True)
    with pytest.raises(asyncio.CancelledError):
        await writing
    await kept.log.write()
    assert await kept.objects() == ["one"]
