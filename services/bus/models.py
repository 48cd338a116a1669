"""The records that travel on the bus. Frozen; ranges are checked; pictures never show in a repr or an error.

Every record keeps `captured_at`, the moment its frame was captured, so that the way from pixel to level is measured
over all stages. `sequence` counts per camera and producer: a gap shows what the broker evicted. A producer counts the
messages of each kind (and component) apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services.bus import subjects
from services.bus.subjects import Component

MAX_LONG_SIDE_PX = 640
MIN_SIDE_PX = 16
CropFormat = Literal["224x224x3", "224x224x3-close", "48x48x1"]
"""How a face is cut out: with a margin about it, close, without one, or grey for PPVC's ConvNet (`faces/crop.py`)."""
CROP_SHAPES: Mapping[CropFormat, tuple[int, int, int]] = {
    "224x224x3": (224, 224, 3),
    "224x224x3-close": (224, 224, 3),
    "48x48x1": (48, 48, 1),
}
"""(width, height, channels) of each format."""

STATUSES: dict[Component, frozenset[str]] = {
    "ingest": frozenset(
        {
            "connecting",
            "live",
            "stalled",
            "offline",
            "mask_unfit",
            "shutter_closed",
            "paused",
            "no_consent",
            "consent_withdrawn",
            "consent_unknown",
        }
    ),
    "keyframe": frozenset(
        {
            "ok",
            "no_face",
            "several_faces",
            "face_turned_away",
            "face_too_small",
            "face_unclear",
            "dark",
            "frozen",
            "covered",
        }
    ),
    "snni_client": frozenset(
        {"scoring", "filling", "edge_unreachable", "edge_distrusted", "edge_wrong", "model_mismatch", "skipping"}
    ),
}
STAGES = frozenset({"ingest", "keyframe", "claimed", "scored"})
MAX_DETAILS = 32
MAX_STATEMENT_CHARS = 8192
COUNT_LIMIT = 2**63
MAX_CLIP_FRAMES = 1024


def frame_length(width: int, height: int) -> int:
    """Bytes of an I420 picture with even sides: a luma plane and two chroma planes of a quarter each."""
    return width * height * 3 // 2


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:  # of the first or the last hours that a zone has and UTC has not
        raise ValueError("a moment outside the years 1 to 9999") from None


Token = Annotated[str, AfterValidator(subjects.token)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Count = Annotated[int, Field(ge=0, lt=COUNT_LIMIT)]
Seconds = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[ -~]+$")]
Mode = Annotated[str, StringConstraints(max_length=64, pattern=r"^[a-z0-9][a-z0-9-]*/(passive|active)$")]
"""Among whom a level was computed, and what any one of them may do: follow the protocol, or anything."""
DetailKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
DetailValue = (
    Annotated[str, StringConstraints(max_length=256)]
    | Annotated[int, Field(gt=-COUNT_LIMIT, lt=COUNT_LIMIT)]
    | Annotated[float, Field(allow_inf_nan=False)]
)


class Record(BaseModel):
    """Frozen, strict, nothing undeclared: the bus is the edge of the room's privacy, so nothing rides along."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


TEST_ROOM = "test-"
"""How the ids of test rooms begin, and of no other: rooms in which nobody lies and drawn faces are shown."""


class CameraRef(Record):
    """Where a camera hangs. Each part is a subject token."""

    site: Token
    ward: Token
    room: Token
    camera: Token

    @property
    def is_test(self) -> bool:
        """Whether it hangs in a test room. The subject alone says so: no file that differs between two machines."""
        return self.room.startswith(TEST_ROOM)


class Envelope(Record):
    """Who produced a message, when, and from which frame.

    producer: the epoch of the producing process, 32 hexadecimal digits (a new one per start).
    traceparent: W3C Trace Context, version 00.
    """

    camera: CameraRef
    sequence: Count
    producer: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    captured_at: Moment
    published_at: Moment
    traceparent: Annotated[str, StringConstraints(pattern=r"^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = None


class FrameMessage(Record):
    """A sampled frame: I420, even sides of 16..640 px, len(data) == width * height * 3 // 2. Room only."""

    envelope: Envelope
    width: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_LONG_SIDE_PX, multiple_of=2)]
    height: Annotated[int, Field(ge=MIN_SIDE_PX, le=MAX_LONG_SIDE_PX, multiple_of=2)]
    data: bytes = Field(repr=False)

    @model_validator(mode="after")
    def _length(self) -> FrameMessage:
        if len(self.data) != frame_length(self.width, self.height):
            raise ValueError("the length of data is not width * height * 3 // 2")
        return self


class CropMessage(Record):
    """A face crop, uint8, rows first, channels last; its shape is its format's. Room only.

    forced: sent because of the longest allowed silence, not because the picture changed.
    detector_confidence: 0..1.
    """

    envelope: Envelope
    format: CropFormat
    width: int
    height: int
    channels: int
    data: bytes = Field(repr=False)
    forced: bool
    faces_seen: Annotated[int, Field(ge=1, le=1000)]
    detector_confidence: Annotated[float, Field(ge=0.0, le=1.0)]

    @model_validator(mode="after")
    def _shape(self) -> CropMessage:
        if (self.width, self.height, self.channels) != CROP_SHAPES[self.format]:
            raise ValueError("not the shape of the crop's format")
        if len(self.data) != self.width * self.height * self.channels:
            raise ValueError("the length of data is not width * height * channels")
        return self


class PainMessage(Record):
    """A pain level (0 none .. 3 strong) out of the secure path. Exported to the ward.

    stages: seconds since captured_at when each stage finished; keys out of STAGES.
    inference: the number of the correlation that the inference consumed.
    mode: None of a room of before, which does not say. It travels as a header, which readers of before pass over.
    """

    envelope: Envelope
    level: Annotated[int, Field(ge=0, le=3)]
    model: Name
    plan_hash: Name
    keyframe_at: Moment
    snni_online_s: Seconds
    snni_offline_s: Seconds
    bytes_online: Count
    bytes_offline: Count
    inference: Count
    stages: dict[Literal["ingest", "keyframe", "claimed", "scored"], Seconds]
    mode: Mode | None = None


class ClipMessage(Record):
    """The label of the last seconds of a camera's crops, as a video, out of the secure path. Exported to the ward.

    The envelope's captured_at is the newest crop's. began_at: the oldest one's. crops: how many there were; they fill a
    video of ``frames``, of which ``selected`` were looked at. level: 0 none .. 3 strong.
    """

    envelope: Envelope
    level: Annotated[int, Field(ge=0, le=3)]
    began_at: Moment
    crops: Annotated[int, Field(ge=1, le=MAX_CLIP_FRAMES)]
    frames: Annotated[int, Field(ge=1, le=MAX_CLIP_FRAMES)]
    selected: Annotated[int, Field(ge=1, le=MAX_CLIP_FRAMES)]
    model: Name
    plan_hash: Name
    mode: Mode
    online_s: Seconds
    bytes_online: Count


class StateMessage(Record):
    """A camera's technical state as one component sees it, since when, and a few numbers. Exported to the ward."""

    envelope: Envelope
    component: Component
    status: str
    since: Moment
    detail: Annotated[dict[DetailKey, DetailValue], Field(max_length=MAX_DETAILS)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _status(self) -> StateMessage:
        if self.status not in STATUSES[self.component]:
            raise ValueError("not a status of this component")
        return self


class ConsentMessage(Record):
    """What the ward says may be done with a camera: a signed text (`services/bus/statement.py`). Enters the room.

    The envelope is the carrier's: only what the text says is signed, and only that counts.
    """

    envelope: Envelope
    statement: Annotated[str, StringConstraints(min_length=2, max_length=MAX_STATEMENT_CHARS)]
    signature: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")]


Message = FrameMessage | CropMessage | PainMessage | StateMessage | ClipMessage | ConsentMessage
