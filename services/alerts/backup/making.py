"""Makes a backup while the service runs."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from services.alerts.audit.audit_file import whole_lines_of
from services.alerts.audit.line import Place, read
from services.alerts.backup.folder import HEADS, LOG, RECORDS, Manifest, create, seal, write, writing
from services.alerts.backup.rows import copy_of_sqlite, rows
from services.alerts.backup.ward_bus import WardBus
from services.alerts.certificates import database_context
from services.alerts.errors import RecordsUnavailable
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

    Line by line: it is made in the memory of the pod in which the service runs, beside it.

    Raises AuditTampered, AuditUnavailable.
    """
    end = Place()

    def checked(raw: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal end
        for line in read(raw, end):
            end = line.place
            yield line.raw

    with writing(target) as file:
        await asyncio.to_thread(file.writelines, checked(whole_lines_of(settings.audit_file)))
        async for line in bus.lines_after(end.count):
            file.writelines(checked([line]))
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
