"""What is kept of one camera: its policy state, its recent levels, what each component says of it. JSON and back."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from services.alerts.codec import Json, decode_state, encode_state, instant, read_instant
from services.alerts.errors import StoreCorrupt
from services.alerts.policy.episode import ORIGINS_KEPT, AlarmState
from services.alerts.policy.technical import ComponentStatus
from services.bus.models import CameraRef, StateMessage

LEVELS_KEPT = 120


@dataclass(slots=True)
class CameraRecord:
    """One camera. levels: (event time, level), the newest last, at most LEVELS_KEPT."""

    ref: CameraRef
    state: AlarmState
    levels: deque[tuple[datetime, int]] = field(default_factory=lambda: deque(maxlen=LEVELS_KEPT))
    components: dict[str, ComponentStatus] = field(default_factory=dict)
    model: str | None = None


def camera_key(ref: CameraRef) -> str:
    """A camera's name inside its site: <ward>/<room>/<camera>."""
    return f"{ref.ward}/{ref.room}/{ref.camera}"


def new_record(ref: CameraRef) -> CameraRecord:
    """A camera of which nothing is known."""
    return CameraRecord(ref, AlarmState(camera_key(ref)))


def apply_component_status(record: CameraRecord, message: StateMessage) -> bool:
    """Apply a component's status; False when it, or a later one of the same producer, was applied before."""
    known = record.components.get(message.component)
    origins = known.origins if known else ()
    producer, sequence = message.envelope.producer, message.envelope.sequence
    if sequence <= dict(origins).get(producer, -1):
        return False
    others = tuple(item for item in origins if item[0] != producer)
    record.components[message.component] = ComponentStatus(
        message.status, message.since, (*others, (producer, sequence))[-ORIGINS_KEPT:]
    )
    return True


def encode_record(record: CameraRecord) -> Json:
    """A record as Redis holds it."""
    return {
        "ref": record.ref.model_dump(),
        "state": encode_state(record.state),
        "levels": [[at.timestamp(), level] for at, level in record.levels],
        "components": {
            name: {"status": one.status, "since": instant(one.since), "origins": [list(item) for item in one.origins]}
            for name, one in record.components.items()
        },
        "model": record.model,
    }


def decode_record(value: Json) -> CameraRecord:
    """The inverse of encode_record. Raises StoreCorrupt."""
    try:
        levels = [(datetime.fromtimestamp(float(at), UTC), int(level)) for at, level in value["levels"]]
        return CameraRecord(
            ref=CameraRef.model_validate(value["ref"]),
            state=decode_state(value["state"]),
            levels=deque(levels, maxlen=LEVELS_KEPT),
            components={
                str(name): ComponentStatus(
                    str(one["status"]),
                    read_instant(one["since"]),
                    tuple((str(producer), int(sequence)) for producer, sequence in one["origins"]),
                )
                for name, one in value["components"].items()
            },
            model=value["model"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreCorrupt(f"not a camera's record: {type(error).__name__}") from error
