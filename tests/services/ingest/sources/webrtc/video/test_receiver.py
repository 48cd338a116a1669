"""What a session's receiver makes of packets as aiortc hands them to it."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc import RTCPeerConnection
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpCodecParameters, RTCRtpReceiveParameters
from aiortc.rtp import RtpPacket

from services.ingest.sources.webrtc.video.receiver import Decided, take_place
from services.runtime.ice import host_only
from tests.services.moments import ManualClock

VP8 = RTCRtpCodecParameters(mimeType="video/VP8", clockRate=90_000, payloadType=97)
HOUR_MS = 3_600_000


async def test_a_wall_clock_that_is_set_stands_no_camera_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """The estimator of the bitrate would walk through a year, millisecond by millisecond."""
    told: list[int] = []
    used: list[RemoteBitrateEstimator] = []
    real = RemoteBitrateEstimator.add

    def noted(self: Any, arrival_time_ms: int, **packet: Any) -> Any:
        told.append(arrival_time_ms)
        used.append(self)
        return real(self, arrival_time_ms=told[0], **packet)

    monkeypatch.setattr(RemoteBitrateEstimator, "add", noted)
    connection, clock = RTCPeerConnection(host_only()), ManualClock()
    receiver = take_place(connection.addTransceiver("video"), 1.0, Decided(lambda: None), clock)
    await receiver.receive(RTCRtpReceiveParameters(codecs=[VP8]))
    moments = (0, 0.25), (365 * 24 * HOUR_MS, 0.25), (-HOUR_MS, 8 * 3600.0), (0, 0.25)
    for number, (wall_ms, later_s) in enumerate(moments):
        packet = RtpPacket(payload_type=97, sequence_number=number, ssrc=7, payload=b"\x10\0")
        packet.extensions.abs_send_time = number
        await receiver._handle_rtp_packet(packet, wall_ms)
        clock.advance(later_s)
    assert [at - told[0] for at in told[:3]] == [0, 250, 500]
    assert used[0] is used[2]
    assert used[3] is not used[2], "a machine that slept measures the way anew"
    await receiver.stop()
    await connection.close()
