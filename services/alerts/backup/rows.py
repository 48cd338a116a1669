"""The database's rows as lines of JSON, of SQLite and PostgreSQL alike: what one gave the other takes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.alerts.errors import BackupUnfit
from services.alerts.records.database import Database
from services.alerts.records.tables import Moment, metadata

TOGETHER = 500
TABLES = {table.name: table for table in metadata.sorted_tables}
"""By name, each after those that it refers to."""


def copy_of_sqlite(source: Path, target: Path) -> None:
    """A whole copy of a database in use, without holding its writers up. Raises sqlite3.Error, OSError."""
    target.touch(mode=0o600, exist_ok=False)
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as held, sqlite3.connect(target) as copy:
        held.backup(copy, pages=256)
    held.close()
    copy.close()


async def rows(database: Database) -> AsyncIterator[bytes]:
    """Every row, as of one moment. Raises RecordsUnavailable."""
    async with database.transaction() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        for table in TABLES.values():
            async with connection.stream(select(table)) as found:
                async for part in found.mappings().partitions(TOGETHER):
                    for row in part:
                        yield _line(table.name, dict(row))


async def is_empty(database: Database) -> bool:
    """Whether no table holds anything. Raises RecordsUnavailable."""
    async with database.transaction() as connection:
        for table in TABLES.values():
            if (await connection.execute(select(func.count()).select_from(table))).scalar_one():
                return False
    return True


async def fill(database: Database, lines: Iterable[bytes]) -> int:
    """Put rows into empty tables, all or none; how many. Raises RecordsUnavailable, BackupUnfit."""
    total = 0
    async with database.transaction() as connection:
        table, waiting = "", list[dict[str, Any]]()
        for line in lines:
            name, row = _row(line)
            if name != table or len(waiting) == TOGETHER:
                await _put(connection, table, waiting)
                waiting, table = [], name
            waiting.append(row)
            total += 1
        await _put(connection, table, waiting)
        if not database.is_sqlite:
            for one in TABLES.values():
                await _count_on(connection, one)
    return total


async def _put(connection: AsyncConnection, table: str, waiting: list[dict[str, Any]]) -> None:
    if waiting:
        await connection.execute(insert(TABLES[table]), waiting)


async def _count_on(connection: AsyncConnection, table: Table) -> None:
    """Let PostgreSQL give numbers above those that were put in. (SQLite does so by itself.)"""
    if "n" in table.c:
        newest = (await connection.execute(select(func.max(table.c.n)))).scalar_one()
        if newest is not None:
            await connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "n"), newest)))


def _line(table: str, row: dict[str, Any]) -> bytes:
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
    return json.dumps([table, told], separators=(",", ":")).encode() + b"\n"


def _row(line: bytes) -> tuple[str, dict[str, Any]]:
    try:
        name, told = json.loads(line)
        columns = TABLES[name].c
        row = {
            key: datetime.fromisoformat(value) if isinstance(columns[key].type, Moment) and value is not None else value
            for key, value in told.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnfit(f"a row that cannot be read: {type(error).__name__}") from error
    return name, row
