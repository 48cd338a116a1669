"""A camera that publishes by WebRTC: its session stands, and nothing of it is decoded while nobody allows it."""

from __future__ import annotations

from pathlib import Path

from localsite.nats_pair import NatsPair
from localsite.site_file import ROOM, WARD
from services.bus.models import CameraRef
from services.probe.whip_client import http_session
from tests.services.ingest.bus_frames import arrived, listening
from tests.services.ingest.consent.ward import SpeakingWard, told
from tests.services.ingest.process import SITE, IngestProcess, counted
from tests.services.ingest.sources.whip.peers import publisher
from tests.services.ingest.sources.whip.whip import Whip
from tests.support.waiting import eventually

CAMERA = CameraRef(site=SITE, ward=WARD, room=ROOM, camera="gated-1")
LABEL = f'camera="{CAMERA.camera}"'


async def test_a_session_stands_and_its_video_waits_for_the_ward(joined_pair: NatsPair, tmp_path: Path) -> None:
    ward = SpeakingWard(joined_pair, CAMERA)
    settings = {
        "consent_keys": ward.write_key(tmp_path / "keys.pem"),
        "consent_store": tmp_path / "store",
        "heartbeat_s": 0.2,
        "sample_period_s": 0.2,
    }
    process = IngestProcess(tmp_path, joined_pair, (CAMERA.camera,), **settings)
    ward.changed = {"basis": "none"}
    with process.start():
        process.ports()
        async with (
            http_session(process.ca) as http,
            listening(joined_pair, CAMERA.camera) as got,
            ward.speaking(),
            publisher(Whip(http, process, CAMERA.camera)) as camera,
        ):
            await told(ward, "no_consent", why="none")
            await _withheld(process, more_than=20)
            assert counted(process, "frames_total", LABEL) == 0.0
            assert not camera.closed.is_set()
            ward.changed = {}
            await arrived(got, 3)
            await told(ward, "live")
            ward.changed = {"windows": (ward.window(-3600, 3600),)}
            await told(ward, "paused")
            seen, frames = len(got), counted(process, "frames_total", LABEL)
            await _withheld(process, more_than=counted(process, "withheld_packets_total", LABEL) + 20)
            assert counted(process, "frames_total", LABEL) == frames
            assert len(got) <= seen + 1, "but for one that was on its way, nothing came"
            ward.changed = {}
            await arrived(got, seen + 4)
            await told(ward, "live")


async def _withheld(process: IngestProcess, more_than: float) -> None:
    async def so() -> bool:
        return counted(process, "withheld_packets_total", LABEL) > more_than

    await eventually(so)
