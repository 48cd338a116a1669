"""The ward's database: SQLite in a file beside the audit log, or PostgreSQL by its address.

database = Database(address)
await database.open()                     # brings it to this version's tables
async with database.transaction() as one:
    await one.execute(...)
"""

import asyncio
import hashlib
import os
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.alerts.errors import RecordsUnavailable
from services.alerts.records import versions
from services.alerts.records.engines import postgresql_engine, sqlite_engine

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
BOOT = Path("/proc/sys/kernel/random/boot_id")
WORK = "SELECT numbackends, xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
LOCK = 7_305_283_001
"""Of PostgreSQL's advisory locks the one that a process holds while it changes the tables."""


def database_url(address: str) -> URL:
    """sqlite:///FILE or postgresql://... with the driver that is used here. Raises ValueError."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise ValueError("not a sqlite:// or postgresql:// address") from None
    if url.drivername not in DRIVERS or (url.drivername == "sqlite" and not url.database):
        raise ValueError("not a sqlite:// or postgresql:// address")
    return url.set(drivername=DRIVERS[url.drivername])


class Database:
    """One process's connections. No I/O before open().

    address: as database_url takes it. context: of PostgreSQL's TLS; with none, the address says whether there is any.
    """

    def __init__(self, address: str, context: ssl.SSLContext | None = None) -> None:
        self._url = database_url(address)
        self._engine = sqlite_engine(self._url) if self.is_sqlite else postgresql_engine(self._url, context)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file of this machine's."""
        return self._url.get_backend_name() == "sqlite"

    @property
    def file(self) -> Path:
        """Where it is; for SQLite."""
        return Path(self._url.database or "")

    @property
    def file_identity(self) -> str | None:
        """By what two processes know that they have one SQLite file: on one running machine, the same file of it.

        "" for PostgreSQL; None while there is no file.
        """
        if not self.is_sqlite:
            return ""
        try:
            found = Path(self._url.database or "").stat()
            machine = BOOT.read_text().strip()
        except OSError:
            return None
        return hashlib.sha256(f"{machine} {found.st_dev} {found.st_ino}".encode()).hexdigest()[:16]

    async def open(self) -> None:
        """Make what is missing of the tables, in one transaction: others wait for it.

        Raises:
            RecordsUnavailable: no answer, or no place. RecordsTooNew: it was made by a later version.
        """
        if self.is_sqlite and self._url.database:
            await asyncio.to_thread(_make_private, Path(self._url.database))
        async with self._changing() as connection:
            await connection.run_sync(versions.upgrade)

    async def version(self) -> str:
        """Of the tables that are there. Raises RecordsUnavailable: none are, or no answer."""
        if self.is_sqlite and not await asyncio.to_thread(self.file.exists):
            raise RecordsUnavailable("there is no database yet")
        async with self.transaction() as connection:
            return await connection.run_sync(versions.present)

    async def go_back(self, version: str) -> None:
        """Make the tables those of an earlier version, in one transaction; what only later ones hold is dropped.

        Raises:
            RecordsUnavailable: no answer. RecordsTooNew: made by a later version. NoSuchTables: none of before.
        """
        async with self._changing() as connection:
            await connection.run_sync(versions.go_back, version)

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that changes tables: of one process at a time."""
        async with self.transaction() as connection:
            if not self.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """All or nothing. Raises RecordsUnavailable; IntegrityError is the caller's."""
        try:
            async with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            raise RecordsUnavailable(
                f"the database cannot be reached, read or written: {type(cause).__name__}"
            ) from error

    async def size(self) -> int:
        """Bytes on its disk. Raises RecordsUnavailable."""
        if self.is_sqlite:
            try:
                return (await asyncio.to_thread(self.file.stat)).st_size
            except OSError as error:
                raise RecordsUnavailable(type(error).__name__) from error
        async with self.transaction() as connection:
            found = await connection.execute(text("SELECT pg_database_size(current_database())"))
            return int(found.scalar_one())

    async def work(self) -> tuple[int, int]:
        """PostgreSQL's connections to it, and its transactions since they are counted. Of SQLite: nothing is known.

        Raises RecordsUnavailable.
        """
        if self.is_sqlite:
            return 0, 0
        async with self.transaction() as connection:
            found = await connection.execute(text(WORK))
            connections, transactions = found.one()
            return int(connections), int(transactions)

    async def put(self, table: Table, rows: Sequence[Mapping[str, object]], keys: Sequence[str]) -> None:
        """Write rows; one whose keys are there already takes its place. Raises RecordsUnavailable."""
        insert: Any = sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)
        changed = {one.name: insert.excluded[one.name] for one in table.c if one.name not in keys}
        async with self.transaction() as connection:
            await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))

    async def close(self) -> None:
        """Give the connections back."""
        await self._engine.dispose()


def _make_private(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise RecordsUnavailable(f"{path}: {error.strerror or 'not writable'}") from error
