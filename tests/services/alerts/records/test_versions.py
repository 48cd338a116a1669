"""The way back to tables of an earlier version and forward again, with what both versions have kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, insert, select, text

from services.alerts.errors import NoSuchTables, RecordsTooNew, RecordsUnavailable
from services.alerts.records import versions
from services.alerts.records.database import Database
from services.alerts.records.tables import accounts, devices, metadata, pins

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
ADA = {"id": "a1", "login": "ada", "name": "Ada", "role": "nurse", "wards": ["ward-1"], "made_at": AT}
TABLET = {"id": "d1", "key": "k", "name": "Tablet", "wards": None, "made_at": AT, "made_by": "a1"}
PIN = {"account": "a1", "device": "d1", "pin": "hashed", "made_at": AT}


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


@pytest.mark.parametrize("version", versions.known()[:-1])
async def test_back_and_forward_again_people_can_sign_in(database: Database, version: str) -> None:
    async with database.transaction() as connection:
        await connection.execute(insert(accounts).values(ADA))
        await connection.execute(insert(devices).values(TABLET))
        await connection.execute(insert(pins).values(PIN))
    await database.go_back(version)
    assert await database.version() == version
    async with database.transaction() as connection:
        assert await connection.run_sync(differences) != []
        assert (await connection.execute(select(pins.c.account))).scalar_one() == "a1"
    await database.open()
    assert await database.version() == versions.known()[-1]
    async with database.transaction() as connection:
        assert await connection.run_sync(differences) == []
        assert (await connection.execute(select(accounts.c.login))).scalar_one() == "ada"
        assert (await connection.execute(select(pins.c.account))).scalar_one() == "a1"


@pytest.mark.parametrize("wrong", ["9999", "-1", "base", versions.known()[-1]])
async def test_there_is_no_way_back_to_what_does_not_come_before(database: Database, wrong: str) -> None:
    with pytest.raises(NoSuchTables):
        await database.go_back(wrong)
    assert await database.version() == versions.known()[-1]


async def test_what_a_later_program_made_is_taken_back_by_it_alone(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsTooNew):
        await database.go_back(versions.known()[0])


async def test_where_there_are_no_tables_there_is_no_version(address: str) -> None:
    database = Database(address)
    with pytest.raises(RecordsUnavailable):
        await database.version()
    await database.close()
