"""The connections to the ward's database: how each kind begins, waits and gives up. No I/O before the first use."""

import asyncio
import sqlite3
import ssl
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

WAIT_S = 5.0


def sqlite_engine(url: URL) -> AsyncEngine:
    """Of one connection: a file has one writer at a time."""
    engine = create_async_engine(
        url, connect_args={"timeout": WAIT_S}, pool_size=1, max_overflow=0, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and writes then cannot wait for another's end: this one waits at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def given_up(connection: Any, record: object, cause: BaseException | None) -> None:
        # Somebody was cancelled within a statement. SQLite keeps a closed connection, and with it the lock on the
        # file, as long as one of its statements is referred to: by the cancellation's own traceback, for instance.
        if cause is not None:
            connection.run_async(_rolled_back)

    return engine


async def _rolled_back(driver: Any) -> None:
    with suppress(SQLAlchemyError, OSError, ValueError, sqlite3.Error):
        await asyncio.shield(driver.rollback())


def postgresql_engine(url: URL, context: ssl.SSLContext | None) -> AsyncEngine:
    """Of at most four connections. context: of TLS; with none, the address says whether there is any."""
    options: dict[str, Any] = {"timeout": WAIT_S, "command_timeout": WAIT_S}
    if context is not None:
        options["ssl"] = context
    return create_async_engine(
        url,
        connect_args=options,
        pool_size=4,
        max_overflow=0,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
        hide_parameters=True,
    )
