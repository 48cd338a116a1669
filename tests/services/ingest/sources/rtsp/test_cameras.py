"""Cameras whose video the real process fetches: what arrives on the bus, and what the ward is told."""

from __future__ import annotations

import itertools
from datetime import timedelta
from pathlib import Path

from localsite.nats_pair import NatsPair
from tests.services.bus.ward import states_of
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.rtsp.pulled import LOGIN, PASSWORD, video
from tests.support.rtsp.camera import RtspCamera


async def test_video_becomes_frames_and_a_refused_login_a_state(joined_pair: NatsPair, tmp_path: Path) -> None:
    (tmp_path / "logins").mkdir()
    for name in ("pulled-1", "pulled-2"):
        (tmp_path / "logins" / name).write_text("\n".join(LOGIN))
    async with RtspCamera(video("H265"), LOGIN) as good, RtspCamera(video(), ("veilward", "another")) as other:
        entries = {"pulled-1": {"rtsp": {"url": good.url()}}, "pulled-2": {"rtsp": {"url": other.url()}}}
        settings = {"rtsp_logins": tmp_path / "logins", "sample_period_s": 0.5}
        process = IngestProcess(tmp_path, joined_pair, tuple(entries), entries, **settings)
        async with listening(joined_pair, "pulled-1") as got:
            with process:
                await arrived(got, 4)
                refused = await states_of(joined_pair, "pulled-2", 1)
    assert refused[0].status == "offline"
    for message in got:
        assert (message.width, message.height) == (640, 480)
        assert (luma(message) > 180).sum() > 2000, "the square is there"
        assert message.envelope.published_at - message.envelope.captured_at >= timedelta(0)
    moments = [message.envelope.captured_at for message in got]
    assert all(later > earlier for earlier, later in itertools.pairwise(moments))
    log = process.log.read_text()
    assert "login_refused" in log
    assert PASSWORD not in log
    assert "rtsp://" not in log
    assert "Traceback" not in log
