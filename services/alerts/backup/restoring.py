"""Puts a backup back, where nothing is: no service runs, the bus, the log and the database are empty."""

from __future__ import annotations

import asyncio
from pathlib import Path

from services.alerts.audit.audit_file import AuditFile
from services.alerts.audit.line import Place, read
from services.alerts.backup.folder import HEADS, LOG, RECORDS, Manifest, lines_of
from services.alerts.backup.rows import fill, is_empty
from services.alerts.backup.ward_bus import WardBus
from services.alerts.certificates import database_context
from services.alerts.errors import BackupUnfit
from services.alerts.leading.file_lock import FileLock
from services.alerts.records.database import Database
from services.alerts.settings import AlertsSettings


async def restore_records(settings: AlertsSettings, manifest: Manifest, folder: Path) -> int:
    """The database's rows; how many. Raises BackupUnfit, RecordsError."""
    database = Database(settings.database_address, database_context(settings))
    try:
        await database.open()
        if (here := await database.version()) != manifest.tables:
            raise BackupUnfit(f"its tables are of version {manifest.tables}, this is {here}: restore with its version")
        if not await is_empty(database):
            raise BackupUnfit("the database is not empty, and nothing is written over")
        return await fill(database, lines_of(folder / RECORDS))
    finally:
        await database.close()


async def restore(settings: AlertsSettings, manifest: Manifest, folder: Path, bus: WardBus) -> int:
    """All of it; how many rows of the database. Everything is looked at before anything is written.

    Raises BackupUnfit, UnusableFile (a service runs), AuditError, RecordsError, BusError.
    """
    with FileLock(settings.audit_file):
        if settings.audit_file.exists() and settings.audit_file.stat().st_size:
            raise BackupUnfit(f"{settings.audit_file} is there, and nothing is written over")
        if await asyncio.to_thread(_end_of, folder / LOG) != Place(manifest.lines, manifest.head):
            raise BackupUnfit("the log is not the one that its manifest tells of")
        await bus.check_empty()
        total = await restore_records(settings, manifest, folder)
        await bus.begin(settings.room_domains, lines_of(folder / HEADS), manifest.made_at)
        for lines in AuditFile(folder / LOG).batches(1):
            await asyncio.to_thread(AuditFile(settings.audit_file).extend, lines)
        return total


def _end_of(log: Path) -> Place:
    """Where a checked log ends. Raises AuditTampered, OSError."""
    end = Place()
    for line in read(lines_of(log), Place()):
        end = line.place
    return end
