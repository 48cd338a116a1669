"""What goes silent is told with since when: real ingest stands still, services beside it were never there."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from localsite.site_file import ROOM, WARD
from tests.services.alerts.process import AlertsProcess, alerts_process
from tests.services.ingest.process import IngestProcess
from tests.support.waiting import eventually

SILENT_S = 10.0
"""Of the ward; as deployed it is 30."""
HERE, ELSEWHERE = f"{WARD}/{ROOM}/cam-here", f"{WARD}/room-elsewhere/cam-elsewhere"


def with_another_room(site: Path, directory: Path) -> Path:
    """The ward's site: what the device knows, and a room whose device was never there."""
    content = yaml.safe_load(site.read_text())
    camera = {"id": "cam-elsewhere", "name": "Bed", "token_sha256": "a" * 64}
    content["wards"][0]["rooms"].append({"id": "room-elsewhere", "name": "Room 2", "cameras": [camera]})
    path = directory / "ward.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


async def alarms(process: AlertsProcess, camera: str) -> dict[str, datetime]:
    """What the page has of a camera: code, and since when."""
    found: list[dict[str, str]] = (await process.snapshot())["alarms"]  # type: ignore[assignment]
    return {one["code"]: datetime.fromisoformat(one["since"]) for one in found if one["camera"] == camera}


async def test_a_service_that_stands_still_and_what_was_never_heard(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    await fresh_pair.wait_joined()
    await fresh_pair.provision()
    with IngestProcess(tmp_path, fresh_pair, ("cam-here",), heartbeat_s=1.0) as ingest:
        site = with_another_room(tmp_path / "site.yaml", tmp_path)
        settings = {"site_file": site, "silent_after_s": SILENT_S}
        began = datetime.now(UTC)
        async with alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts", **settings) as process:

            async def others_silent() -> datetime | None:
                """When it was asked, where ingest is heard and the others are not."""
                asked, told = datetime.now(UTC), set(await alarms(process, HERE))
                return asked if told == {"ingest.offline", "keyframe.silent", "snni_client.silent"} else None

            heard = await eventually(others_silent)
            assert heard is not None
            never = (await alarms(process, ELSEWHERE))["device.unheard"]
            assert began <= never <= datetime.now(UTC) - timedelta(seconds=SILENT_S)
            os.kill(ingest.pid, signal.SIGSTOP)

            async def silent() -> datetime | None:
                return (await alarms(process, HERE)).get("device.silent")

            since = await eventually(silent)
            longest = timedelta(seconds=SILENT_S)
            assert since is not None and heard - longest <= since <= datetime.now(UTC) - longest
            os.kill(ingest.pid, signal.SIGCONT)
            await eventually(others_silent)
