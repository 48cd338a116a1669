"""Messages for tests of the bus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from services.bus.messages import (
    CameraRef,
    ClipMessage,
    ConsentMessage,
    CropMessage,
    Envelope,
    FrameMessage,
    Message,
    PainMessage,
    StateMessage,
)

T0 = datetime(2026, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
PRODUCER = "0123456789abcdef0123456789abcdef"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def envelope(
    sequence: int = 7, camera: str = "cam-7a", producer: str = PRODUCER, trace: str | None = TRACE
) -> Envelope:
    """An envelope of T0."""
    return Envelope(
        camera=CameraRef(site="haus", ward="ward-1", room="room-7", camera=camera),
        sequence=sequence,
        producer=producer,
        captured_at=T0,
        published_at=T0 + timedelta(milliseconds=40),
        traceparent=trace,
    )


def frame(marker: bytes = b"", **where: object) -> FrameMessage:
    """A 64x48 frame whose luma begins with `marker`."""
    data = marker + bytes(index % 251 for index in range(64 * 48 * 3 // 2 - len(marker)))
    return FrameMessage(envelope=envelope(**where), width=64, height=48, data=data)  # type: ignore[arg-type]


def crop(marker: bytes = b"", **where: object) -> CropMessage:
    """A grey 48x48 crop that begins with `marker`."""
    data = marker + bytes(index % 241 for index in range(48 * 48 - len(marker)))
    return CropMessage(
        envelope=envelope(**where),  # type: ignore[arg-type]
        format="48x48x1",
        width=48,
        height=48,
        channels=1,
        data=data,
        forced=False,
        faces_seen=1,
        detector_confidence=0.998,
    )


def big_crop(**where: object) -> CropMessage:
    """An RGB 224x224 crop."""
    return CropMessage(
        envelope=envelope(**where),  # type: ignore[arg-type]
        format="224x224x3",
        width=224,
        height=224,
        channels=3,
        data=bytes(224 * 224 * 3),
        forced=True,
        faces_seen=2,
        detector_confidence=1.0,
    )


def pain(level: int = 2, **where: object) -> PainMessage:
    """A pain level."""
    return PainMessage(
        envelope=envelope(**where),  # type: ignore[arg-type]
        level=level,
        model="squeezenet-224",
        plan_hash="sha256:5f70bf18a086007016e948b04aed3b82",
        keyframe_at=T0,
        snni_online_s=0.75,
        snni_offline_s=3.5,
        bytes_online=4_000_000,
        bytes_offline=90_000_000,
        inference=12,
        stages={"ingest": 0.01, "keyframe": 0.05, "claimed": 0.06, "scored": 0.9},
    )


def clip(level: int = 2, **where: object) -> ClipMessage:
    """The label of a clip."""
    return ClipMessage(
        envelope=envelope(**where),  # type: ignore[arg-type]
        level=level,
        began_at=T0,
        crops=3,
        frames=10,
        selected=5,
        model="convnet-48",
        plan_hash="sha256:5f70bf18a086007016e948b04aed3b82",
        mode="four-servers/active",
        online_s=0.75,
        bytes_online=4_000_000,
    )


def state(status: str = "dark", component: str = "keyframe", **where: object) -> StateMessage:
    """A technical state."""
    return StateMessage(
        envelope=envelope(**where),  # type: ignore[arg-type]
        component=component,  # type: ignore[arg-type]
        status=status,
        since=T0,
        detail={"mean_luma": 3.5, "frames": 12, "reason": "covered or night"},
    )


def consent(statement: str = '{"format":1}', signature: str = "5a" * 64, **where: object) -> ConsentMessage:
    """What the ward says of a camera, signed by nobody."""
    return ConsentMessage(envelope=envelope(**where), statement=statement, signature=signature)  # type: ignore[arg-type]


ALL: dict[str, Callable[[], Message]] = {
    "frame": frame,
    "crop": crop,
    "big_crop": big_crop,
    "pain": pain,
    "clip": clip,
    "state": state,
    "consent": consent,
}
