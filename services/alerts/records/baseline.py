"""`veilward-alerts baseline WARD/ROOM/CAMERA`: at which level a calm face reads, from the levels of the last days.

Read from the ward's database with the service's own settings; nothing is set. A plan sets a baseline.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.alerts.certificates import database_context
from services.alerts.errors import AlertsError
from services.alerts.policy.calm_face import CalmFace, calm_face
from services.alerts.records.database import Database
from services.alerts.records.history import History, Wanted
from services.alerts.records.levels import Levels
from services.alerts.settings import AlertsSettings
from services.runtime.errors import ConfigurationError
from services.runtime.settings import load
from services.site.errors import SiteError
from services.site.file import load_site
from services.site.records import Site

MOST_ALERTS = 10_000
DAYS = 7


class NoSuchCamera(Exception):
    """A camera that the site's file does not have; its text says which there are."""


def main(arguments: Sequence[str]) -> int:
    """0; 2 after a message that says what is wrong."""
    options = _parser().parse_args(arguments)
    try:
        settings = load(AlertsSettings)
        camera = known(options.camera, load_site(settings.site_file).looked_after)
        print(said(camera, asyncio.run(_found(settings, camera, timedelta(days=options.days)))))
    except (AlertsError, ConfigurationError, NoSuchCamera, SiteError, OSError) as error:
        print(f"veilward-alerts baseline: {error}", file=sys.stderr)
        return 2
    return 0


def known(camera: str, site: Site) -> str:
    """The camera's key. Raises NoSuchCamera."""
    cameras = [f"{ward.id}/{room.id}/{one.id}" for ward in site.wards for room in ward.rooms for one in room.cameras]
    if camera not in cameras:
        raise NoSuchCamera(f"no camera {camera}; there are {', '.join(cameras)}")
    return camera


async def _found(settings: AlertsSettings, camera: str, span: timedelta) -> CalmFace:
    database = Database(settings.database_address, database_context(settings))
    try:
        await database.open()
        return await look_back(database, camera, datetime.now(UTC), span)
    finally:
        await database.close()


async def look_back(database: Database, camera: str, now: datetime, span: timedelta) -> CalmFace:
    """A camera's calm face over a time before now. Raises RecordsUnavailable."""
    ward, room, _ = camera.split("/")
    seen = await Levels(database, lambda: now, span).read([camera], now - span, now)
    wanted = Wanted(wards=(ward,), room=room, since=now - span)
    alerts = await History(database, lambda: now, span).find(wanted, MOST_ALERTS)
    return calm_face(seen, [one for one in alerts if one.camera == camera], now)


def said(camera: str, found: CalmFace) -> str:
    """For whoever asked."""
    hours = found.calm / timedelta(hours=1)
    parts = ", ".join(f"{level}: {part:.0%}" for level, part in enumerate(found.parts))
    if found.baseline is None:
        return f"{camera}: no baseline to suggest: {found.why} ({hours:.1f} h; levels {parts})"
    told = "which needs no plan" if found.baseline == 0 else f"a plan with baseline={found.baseline} would say so"
    return f"{camera}: reads {found.baseline} when calm, {told} ({hours:.1f} h; levels {parts})"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="veilward-alerts baseline", description=__doc__)
    parser.add_argument("camera", metavar="WARD/ROOM/CAMERA")
    parser.add_argument("--days", type=int, default=DAYS, choices=range(1, 32), metavar="N", help="looked back (7)")
    return parser
