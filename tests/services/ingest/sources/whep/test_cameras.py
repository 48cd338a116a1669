"""A camera whose video the real process fetches by WHEP: what arrives on the bus."""

from __future__ import annotations

from pathlib import Path

from localsite.nats_pair import NatsPair
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.whep.pulled import TOKEN, served
from tests.support.waiting import PATIENCE_S
from tests.support.whep.camera import PATH, WhepCamera


async def test_video_becomes_frames(joined_pair: NatsPair, tmp_path: Path) -> None:
    (tmp_path / "tokens").mkdir()
    (tmp_path / "tokens" / "played-1").write_text(TOKEN)
    async with WhepCamera(served(joined_pair.pki), TOKEN) as camera:
        entries = {"played-1": {"whep": {"url": camera.url()}}}
        settings = {
            "whep_tokens": tmp_path / "tokens",
            "whep_ca": joined_pair.pki.cert("ingest_web")[2],
            "sample_period_s": 0.5,
            "whep_connect_s": PATIENCE_S,
            "whep_silence_s": PATIENCE_S,
        }
        process = IngestProcess(tmp_path, joined_pair, tuple(entries), entries, **settings)
        async with listening(joined_pair, "played-1") as got:
            with process:
                await arrived(got, 3)
        assert camera.played == 1
    for message in got:
        assert (message.width, message.height) == (640, 480)
        assert (luma(message) > 180).sum() > 2000, "the square is there"
    log = process.log.read_text()
    assert "whep_opened" in log
    assert TOKEN not in log
    assert PATH not in log
    assert "Traceback" not in log
