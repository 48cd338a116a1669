"""The database: its tables come by migrations, again and again the same, and what fails says so."""

from __future__ import annotations

import asyncio
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, event, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from localsite.postgres_server import PostgresServer, start_postgres
from services.alerts.errors import RecordsTooNew, RecordsUnavailable
from services.alerts.records.database import Database, database_url
from services.alerts.records.tables import accounts, attempts, metadata
from tests.support.waiting import eventually

AT = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
ADA = {"id": "a1", "login": "ada", "name": "Ada", "role": "nurse", "wards": ["ward-1"], "made_at": AT}


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


async def test_the_migrations_make_the_tables_that_the_code_writes(database: Database) -> None:
    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []
        names = await connection.run_sync(lambda one: set(inspect(one).get_table_names()))
    assert names == metadata.tables.keys() | {"alembic_version"}


async def test_its_size_is_known(database: Database) -> None:
    assert await database.size() >= 4096


async def test_opening_again_changes_nothing_and_keeps_what_is_there(address: str) -> None:
    for turn in range(2):
        database = Database(address)
        await database.open()
        async with database.transaction() as connection:
            if turn == 0:
                await connection.execute(insert(accounts).values(ADA))
            (row,) = await connection.execute(select(accounts))
        assert (row.made_at, row.wards, row.password) == (AT, ["ward-1"], None)
        assert row.made_at.tzinfo is UTC
        await database.close()


async def test_processes_that_start_together_make_the_tables_once(address: str) -> None:
    both = [Database(address), Database(address)]
    await asyncio.gather(*(one.open() for one in both))
    for one in both:
        async with one.transaction() as connection:
            assert list(await connection.execute(select(accounts))) == []
        await one.close()


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as connection:
            await connection.execute(insert(accounts).values(ADA))
            await connection.execute(insert(accounts).values(ADA | {"id": "a2"}))
    async with database.transaction() as connection:
        assert list(await connection.execute(select(accounts))) == []


LONG = text(
    "WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 300000) SELECT count(*) FROM one"
)
"""Long enough that whoever waits for it is cancelled before its end."""


async def test_who_is_cancelled_within_a_statement_holds_nothing_up(database: Database) -> None:
    """Whatever keeps the cancellation, whose traceback refers to the statement; and nothing of it is written."""
    asked = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as connection:
            await connection.execute(insert(accounts).values(ADA))
            event.listen(connection.sync_connection, "before_cursor_execute", lambda *_: asked.set())
            await connection.execute(LONG)

    task = asyncio.create_task(work())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as kept:
        await task
    async with database.transaction() as connection:
        assert list(await connection.execute(select(accounts))) == []
    assert kept.traceback


async def test_transactions_that_read_then_write_wait_for_each_other(address: str) -> None:
    """Two processes count one attempt each, ten times: none is lost."""
    both = [Database(address), Database(address)]
    await both[0].open()
    values = {"key": "k", "failures": 0, "last_at": AT, "closed_until": AT}
    async with both[0].transaction() as connection:
        await connection.execute(insert(attempts).values(values))

    async def count(database: Database) -> None:
        for _ in range(10):
            async with database.transaction() as connection:
                failures = (await connection.execute(select(attempts.c.failures).with_for_update())).scalar_one()
                await connection.execute(attempts.update().values(failures=failures + 1))

    await asyncio.gather(*map(count, both))
    async with both[0].transaction() as connection:
        assert (await connection.execute(select(attempts.c.failures))).scalar_one() == 20
    for one in both:
        await one.close()


async def test_what_a_later_version_made_is_left_alone(database: Database, address: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    later = Database(address)
    with pytest.raises(RecordsTooNew):
        await later.open()
    await later.close()


async def test_a_naive_moment_is_refused(database: Database) -> None:
    with pytest.raises(RecordsUnavailable):
        async with database.transaction() as connection:
            await connection.execute(insert(accounts).values(ADA | {"made_at": AT.replace(tzinfo=None)}))


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/deep/records.db")
    await database.open()
    await database.close()
    assert stat.S_IMODE((tmp_path / "deep" / "records.db").stat().st_mode) == 0o600


@pytest.mark.parametrize("wrong", ["", "records.db", "mysql://host/db", "sqlite://", "sqlite+aiosqlite:///x", "a:b:c"])
def test_other_addresses_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a sqlite:// or postgresql:// address"):
        database_url(wrong)


async def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    database = Database("sqlite:////proc/nowhere/records.db")
    with pytest.raises(RecordsUnavailable, match="/proc/nowhere/records"):
        await database.open()
    await database.close()


async def test_a_server_that_went_and_came_back_is_used_again(tmp_path: Path) -> None:
    server: PostgresServer = start_postgres(tmp_path / "postgres.log")
    try:
        database = Database(server.new_database())
        await database.open()
        server.kill()
        with pytest.raises(RecordsUnavailable):
            async with database.transaction() as connection:
                await connection.execute(select(accounts))
        server.start_again()

        async def answers() -> bool:
            try:
                async with database.transaction() as connection:
                    return list(await connection.execute(select(accounts))) == []
            except RecordsUnavailable:
                return False

        await eventually(answers)
        await database.close()
    finally:
        server.stop()
