"""Every test here runs with both databases. PostgreSQL's is one for all, emptied: making one takes long."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from localsite.postgres_server import PostgresServer
from services.alerts.records.database import Database
from services.alerts.records.tables import metadata
from tests.services.alerts.people.crowd import Crowd


@pytest.fixture(scope="session")
def shared_address(postgres_server: PostgresServer) -> str:
    """Of the one database in PostgreSQL."""
    return postgres_server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An open one without a line."""
    on_file = request.param == "sqlite"
    one = Database(f"sqlite:///{tmp_path}/records.db" if on_file else request.getfixturevalue("shared_address"))
    await one.open()
    if not on_file:
        async with one.transaction() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
    yield one
    await one.close()


@pytest.fixture
def crowd(database: Database) -> Crowd:
    return Crowd(database)
