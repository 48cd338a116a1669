"""Every test here runs with both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from localsite.postgres_server import PostgresServer
from services.alerts.records.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records.db"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    """An open one."""
    one = Database(address)
    await one.open()
    yield one
    await one.close()
