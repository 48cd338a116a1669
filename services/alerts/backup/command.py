"""`veilward-alerts backup ...`: a copy of what of a ward cannot be made again, and its way back.

    make     into a new folder, beside the running service
    check    whether a folder is a whole backup; needs no service and no settings
    restore  into a ward that is empty, before its service starts

status  what it means
0       done, or whole
1       it is not whole, or must not be restored here; nothing was changed
2       what was given is wrong, or does not answer
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from services.alerts.audit.line import Place, read
from services.alerts.backup.folder import LOG, Manifest, lines_of, opened
from services.alerts.backup.making import make
from services.alerts.backup.restoring import restore, restore_records
from services.alerts.backup.ward_bus import ward_bus
from services.alerts.errors import AlertsError, AuditTampered, BackupUnfit
from services.alerts.settings import AlertsSettings
from services.bus.errors import BusError
from services.runtime.errors import ConfigurationError
from services.runtime.settings import load
from services.site.file import load_site


def main(arguments: Sequence[str]) -> int:
    """As the table says."""
    options = _parser().parse_args(arguments)
    try:
        match options.what:
            case "make":
                print(asyncio.run(_make(options.folder)))
            case "check":
                print(_told(_checked(options.folder)))
            case _:
                print(asyncio.run(_restore(options.folder, options.records_alone)))
    except (BackupUnfit, AuditTampered) as error:
        print(f"veilward-alerts backup: {error}", file=sys.stderr)
        return 1
    except (AlertsError, BusError, ConfigurationError, OSError, sqlite3.Error) as error:
        print(f"veilward-alerts backup: {error}", file=sys.stderr)
        return 2
    return 0


async def _make(folder: Path) -> str:
    settings = load(AlertsSettings)
    site = load_site(settings.site_file).site
    async with ward_bus(settings, site) as bus:
        return _told(await make(settings, site, bus, folder))


def _checked(folder: Path) -> Manifest:
    manifest = opened(folder)
    count = sum(1 for _ in read(list(lines_of(folder / LOG)), Place()))
    if count != manifest.lines:
        raise BackupUnfit(f"{count} lines of the audit log, not {manifest.lines}")
    return manifest


async def _restore(folder: Path, records_alone: bool) -> str:
    settings, manifest = load(AlertsSettings), _checked(folder)
    site = load_site(settings.site_file).site
    if manifest.site != site:
        raise BackupUnfit(f"it is of the site {manifest.site}, and this is {site}")
    if records_alone:
        return f"{await restore_records(settings, manifest, folder)} rows of the database; start alerts now"
    async with ward_bus(settings, site) as bus:
        total = await restore(settings, manifest, folder, bus)
    return f"{manifest.lines} lines of the audit log, {total} rows of the database; start alerts now"


def _told(manifest: Manifest) -> str:
    at = manifest.made_at.isoformat(timespec="seconds")
    return f"backup of {manifest.site} of {at}: {manifest.lines} lines of the audit log, the last with {manifest.head}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilward-alerts backup", description=(__doc__ or "").partition("\n")[0])
    commands = parser.add_subparsers(dest="what", required=True)
    made = commands.add_parser("make", help="makes one, with the service's settings; the service may run")
    made.add_argument("folder", type=Path, metavar="DIR", help="new")
    checked = commands.add_parser("check", help="whether it is whole")
    checked.add_argument("folder", type=Path, metavar="DIR")
    restored = commands.add_parser("restore", help="into a ward that is empty, with the service's settings")
    restored.add_argument("folder", type=Path, metavar="DIR")
    restored.add_argument(
        "--records-alone", action="store_true", help="the database alone, where bus and audit log live on"
    )
    return parser
