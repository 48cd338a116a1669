"""The real process, and a hub that belongs to somebody else: what is paused stays so, and nothing of it is decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from localsite.nats_pair import NatsPair, start_pair
from localsite.pki import Pki
from localsite.site_file import ROOM, WARD
from services.bus.messages import encode
from services.bus.models import CameraRef, ConsentMessage
from services.bus.subjects import CONSENT_ALL
from tests.services.bus.intruder import Intruder, hub_of_the_intruder, intrude
from tests.services.ingest.bus_frames import arrived, listening
from tests.services.ingest.consent.ward import SpeakingWard, Ward, told
from tests.services.ingest.process import SITE, IngestProcess, counted
from tests.services.ingest.sources.rtsp.pulled import video
from tests.support.rtsp.camera import RtspCamera
from tests.support.waiting import eventually

CAMERA = CameraRef(site=SITE, ward=WARD, room=ROOM, camera="cam-1")


@pytest.fixture
def pair(tmp_path: Path, pki: Pki) -> Iterator[NatsPair]:
    """A room whose hub trusts the intruder with everything."""
    one = start_pair(tmp_path / "pair", pki, hub_of_the_intruder(pki))
    yield one
    one.stop()


async def send(intruder: Intruder, message: ConsentMessage) -> None:
    """As the hub does."""
    subject, headers, body = encode(message)
    await intruder.client.publish(subject, body, headers=headers)
    await intruder.client.synced()


async def test_a_hub_can_neither_resume_nor_replay_nor_forge(pair: NatsPair, tmp_path: Path) -> None:
    await pair.provision()
    await pair.wait_joined()
    ward = SpeakingWard(pair, CAMERA)
    settings = {
        "consent_keys": ward.write_key(tmp_path / "keys.pem"),
        "consent_store": tmp_path / "store",
        "heartbeat_s": 0.2,
        "sample_period_s": 0.2,
        "rtsp_retry_first_s": 0.1,
    }
    async with (
        RtspCamera(video()) as camera,
        listening(pair, "cam-1") as got,
        intrude(pair) as intruder,
        ward.speaking(),
    ):
        await intruder.listen(CONSENT_ALL)
        process = IngestProcess(tmp_path, pair, ("cam-1",), {"cam-1": {"rtsp": {"url": camera.url()}}}, **settings)
        with process.start():
            await arrived(got, 3)
            recorded = list(intruder.heard)
            assert recorded, "the hub hears what it passes on"
            ward.changed = {"windows": (ward.window(-3600, 3600),)}
            await told(ward, "paused", by="nurse", why="personal care")
            ward.fall_silent()
            count = len(got)
            await _attack(intruder, ward, process, recorded)
            await told(ward, "paused", refused="other_camera")
            dropped = counted(process, "withheld_packets_total", 'camera="cam-1"')
            await eventually(lambda: _more(process, dropped))
            process.kill()
        before = ward.newest.envelope.producer if ward.newest else ""
        with process.start():
            await told(ward, "paused", before, by="nurse")
            await _attack(intruder, ward, process, recorded)
            dropped = counted(process, "withheld_packets_total", 'camera="cam-1"')
            await eventually(lambda: _more(process, dropped))
        assert len(got) <= count + 1, "but for one that was on its way, nothing came"


async def _more(process: IngestProcess, than: float) -> bool:
    return counted(process, "withheld_packets_total", 'camera="cam-1"') > than


async def _attack(intruder: Intruder, ward: SpeakingWard, process: IngestProcess, recorded: list) -> None:  # type: ignore[type-arg]
    """Everything that a hub can do: it knows the newest question, and every word of the ward's that passed it."""
    question = "" if ward.newest is None else str(ward.newest.detail["consent_asks"])
    stranger = Ward()
    forged = stranger.statement(CAMERA, question, number=2**40)
    own = stranger.message(forged)
    for one in recorded[-20:]:
        await intruder.client.publish(one.subject, one.data, headers=one.headers)
    await intruder.client.synced()
    await eventually(lambda: _refused(process, "replayed"))
    await send(intruder, own)
    await send(intruder, stranger.message(forged, Ed25519PrivateKey.generate()))
    body = json.loads(recorded[-1].data)
    changed = body["statement"].replace('"number":', '"number":9')
    await send(intruder, own.model_copy(update={"statement": changed, "signature": body["signature"]}))
    await eventually(lambda: _refused(process, "unsigned"))
    elsewhere = ward.message(ward.statement(CAMERA.model_copy(update={"camera": "cam-2"}), question))
    await send(intruder, elsewhere.model_copy(update={"envelope": own.envelope}))
    await eventually(lambda: _refused(process, "other_camera"))


async def _refused(process: IngestProcess, why: str) -> bool:
    return counted(process, "consent_statements_total", f'verdict="{why}"') > 0
