"""`veilward-alerts tables`: of which version the ward's tables are; and back to an earlier one, before a rollback.

A version of this program refuses tables of a later one. So what ran before an upgrade starts again once the tables are
as it made them: `--back-to` drops what only later tables hold, in one transaction, while the later version still runs.
The backup that was made before the upgrade says which version that is. Alarms do not wait for the database.

status  what it means
0       done, or told
2       what was given is wrong, or the database does not answer; nothing was changed
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from services.alerts.certificates import database_context
from services.alerts.errors import AlertsError
from services.alerts.records import versions
from services.alerts.records.database import Database
from services.alerts.settings import AlertsSettings
from services.runtime.errors import ConfigurationError
from services.runtime.settings import load


def main(arguments: Sequence[str]) -> int:
    """As the table says."""
    options = _parser().parse_args(arguments)
    try:
        print(asyncio.run(_run(load(AlertsSettings), options.back_to)))
    except (AlertsError, ConfigurationError, OSError) as error:
        print(f"veilward-alerts tables: {error}", file=sys.stderr)
        return 2
    return 0


async def _run(settings: AlertsSettings, back_to: str | None) -> str:
    database = Database(settings.database_address, database_context(settings))
    try:
        found = await database.version()
        if back_to is None:
            return f"tables of version {found}; this program makes {versions.known()[-1]}"
        await database.go_back(back_to)
        return f"tables of version {await database.version()}, before it {found}; start the version before now"
    finally:
        await database.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilward-alerts tables", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--back-to", metavar="VERSION", help="as the backup made before the upgrade says: `tables`")
    return parser
