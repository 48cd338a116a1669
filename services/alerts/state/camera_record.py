"""What is kept of one camera: its policy state, its recent levels, what each component says of it. JSON and back."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from services.alerts.codec import Json, instant, maybe_instant, read_instant, read_maybe_instant
from services.alerts.errors import StoreCorrupt
from services.alerts.policy.episode import ORIGINS_KEPT, AlarmState
from services.alerts.policy.event_time import clocks_agree
from services.alerts.policy.moments import Move, bounded, moved
from services.alerts.policy.technical import TOLD, ComponentStatus
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.alarm_state_codec import decode_state, encode_state
from services.alerts.state.clip_record import Clip, decode_clip, encode_clip
from services.alerts.state.recent_levels import RecentLevels
from services.bus.models import CameraRef, StateMessage

SCORER = "snni_client"
"""The component whose process sends the levels, by the same clock."""
BLINK = timedelta(seconds=2)
"""A status that is told again has not begun anew unless it is younger than this."""
LONGEST_STATUS = timedelta(days=7)
"""As long as the room's stream keeps one; a longer one is a clock that was set."""


@dataclass(slots=True)
class CameraRecord:
    """One camera. levels: its newest ones, by event time.

    watched_since: when the ward began to expect something of it. model, mode: of the newest level's network, and among
    whom it was computed, as the room says. clip: the newest one's label.
    """

    ref: CameraRef
    state: AlarmState
    watched_since: datetime
    levels: RecentLevels = field(default_factory=RecentLevels)
    components: dict[str, ComponentStatus] = field(default_factory=dict)
    model: str | None = None
    mode: str | None = None
    clip: Clip | None = None


def camera_key(ref: CameraRef) -> str:
    """A camera's name inside its site: <ward>/<room>/<camera>."""
    return f"{ref.ward}/{ref.room}/{ref.camera}"


def new_record(ref: CameraRef, now: datetime) -> CameraRecord:
    """A camera of which nothing is known, expected to be heard of from now on."""
    return CameraRecord(ref, AlarmState(camera_key(ref)), now)


def apply_component_status(record: CameraRecord, message: StateMessage, now: datetime, rules: Thresholds) -> bool:
    """Apply a component's status received at now; False when it, or a later one of the same producer, was applied.

    The status began as long before now as the component says that it began before it spoke: its clock may be wrong.
    """
    known = record.components.get(message.component)
    origins = known.origins if known else ()
    producer, sequence = message.envelope.producer, message.envelope.sequence
    if sequence <= dict(origins).get(producer, -1):
        return False
    published = message.envelope.published_at
    agrees = clocks_agree(published, now, rules)
    lasted = published - message.since
    sound = timedelta(0) <= lasted <= LONGEST_STATUS
    if known is not None and known.status == message.status and not (sound and lasted < now - known.since - BLINK):
        since = known.since
    else:
        since = now - lasted if sound else now
    others = tuple(item for item in origins if item[0] != producer)
    record.components[message.component] = ComponentStatus(
        status=message.status,
        since=since,
        heard_at=now,
        skewed_since=None if agrees else (known and known.skewed_since) or now,
        origins=(*others, (producer, sequence))[-ORIGINS_KEPT:],
        told=tuple((name, str(value)) for name, value in sorted(message.detail.items()) if name in TOLD),
    )
    if agrees and message.component == SCORER:
        record.state = replace(record.state, skewed_since=None)
    return True


def move_record(record: CameraRecord, by: timedelta) -> None:
    """Every moment later by `by`: the clock was set."""
    record.state = moved(record.state, by)
    record.watched_since += by
    record.levels = RecentLevels((at + by, level) for at, level in record.levels)
    record.components = {name: _mapped(one, lambda at: at + by) for name, one in record.components.items()}
    record.clip = record.clip and replace(record.clip, at=record.clip.at + by)


def bound_record(record: CameraRecord, now: datetime, rules: Thresholds) -> None:
    """What an earlier run kept, with nothing later than now: the clock was set meanwhile."""
    record.state = bounded(record.state, now, rules)
    record.watched_since = min(record.watched_since, now)
    record.levels = RecentLevels((min(at, now), level) for at, level in record.levels)
    record.components = {name: _mapped(one, lambda at: min(at, now)) for name, one in record.components.items()}
    record.clip = record.clip and replace(record.clip, at=min(record.clip.at, now))


def _mapped(one: ComponentStatus, move: Move) -> ComponentStatus:
    skewed = None if one.skewed_since is None else move(one.skewed_since)
    return replace(one, since=move(one.since), heard_at=move(one.heard_at), skewed_since=skewed)


def encode_record(record: CameraRecord) -> Json:
    """A record as Redis holds it."""
    return {
        "ref": record.ref.model_dump(),
        "state": encode_state(record.state),
        "watched_since": instant(record.watched_since),
        "levels": [[at / 1_000_000, level] for at, level in record.levels.stamps()],
        "components": {
            name: {
                "status": one.status,
                "since": instant(one.since),
                "heard_at": instant(one.heard_at),
                "skewed_since": maybe_instant(one.skewed_since),
                "origins": [list(item) for item in one.origins],
                "told": dict(one.told),
            }
            for name, one in record.components.items()
        },
        "model": record.model,
        "mode": record.mode,
        "clip": encode_clip(record.clip),
    }


def decode_record(value: Json) -> CameraRecord:
    """The inverse of encode_record. Raises StoreCorrupt."""
    try:
        levels = [(datetime.fromtimestamp(float(at), UTC), int(level)) for at, level in value["levels"]]
        return CameraRecord(
            ref=CameraRef.model_validate(value["ref"]),
            state=decode_state(value["state"]),
            watched_since=read_instant(value["watched_since"]),
            levels=RecentLevels(levels),
            components={
                str(name): ComponentStatus(
                    str(one["status"]),
                    read_instant(one["since"]),
                    read_instant(one["heard_at"]),
                    read_maybe_instant(one["skewed_since"]),
                    tuple((str(producer), int(sequence)) for producer, sequence in one["origins"]),
                    tuple((str(told), str(text)) for told, text in sorted(one.get("told", {}).items())),
                )
                for name, one in value["components"].items()
            },
            model=value["model"],
            mode=value.get("mode"),
            clip=decode_clip(value.get("clip")),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise StoreCorrupt(f"not a camera's record: {type(error).__name__}") from error
