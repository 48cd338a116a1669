"""Makes a backup while the service runs."""

from __future__ import annotations

import asyncio
import shutil
from datetime import UTC, datetime
from pathlib import Path

from services.alerts.audit.line import Place, read
from services.alerts.backup.folder import HEADS, LOG, RECORDS, Manifest, create, seal, write
from services.alerts.backup.rows import copy_of_sqlite, rows
from services.alerts.backup.ward_bus import WardBus
from services.alerts.certificates import database_context
from services.alerts.errors import AuditUnavailable, RecordsUnavailable
from services.alerts.records import versions
from services.alerts.records.database import Database
from services.alerts.settings import AlertsSettings

COPY = "records.db"


async def make(settings: AlertsSettings, site: str, bus: WardBus, folder: Path) -> Manifest:
    """Everything into a new folder. Heads first: what they tell of is in the log, which is read after them.

    Raises AlertsError, BusError, OSError; then there is no folder.
    """
    made_at = datetime.now(UTC)
    create(folder)
    try:
        write(folder / HEADS, await bus.every_head())
        end = await _log(settings, bus, folder / LOG)
        tables = await _records(settings, folder)
        return seal(folder, site, made_at, end.count, end.head, tables)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


async def _log(settings: AlertsSettings, bus: WardBus, target: Path) -> Place:
    """This replica's copy where it has one, and what the bus has more; its chain is checked.

    Raises AuditTampered, AuditUnavailable.
    """
    try:
        lines = settings.audit_file.read_bytes().splitlines(keepends=True) if settings.audit_file.exists() else []
    except OSError as error:
        raise AuditUnavailable(error.strerror or "unreadable") from error
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()  # it is being written
    lines += [line async for line in bus.lines_after(len(lines))]
    end = Place()
    for line in await asyncio.to_thread(lambda: list(read(lines, Place()))):
        end = line.place
    write(target, lines)
    return end


async def _records(settings: AlertsSettings, folder: Path) -> str:
    database = Database(settings.database_address, database_context(settings))
    copy = folder / COPY
    if database.is_sqlite:
        await asyncio.to_thread(copy_of_sqlite, database.file, copy)
        database = Database(f"sqlite:///{copy}")
    try:
        if (tables := await database.version()) != (ours := versions.known()[-1]):
            raise RecordsUnavailable(f"its tables are of version {tables}, not {ours}: the service brings them there")
        write(folder / RECORDS, [line async for line in rows(database)])
        return tables
    finally:
        await database.close()
        _forget_copy(folder)


def _forget_copy(folder: Path) -> None:
    for left in folder.glob(f"{COPY}*"):
        left.unlink()
