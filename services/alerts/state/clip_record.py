"""The newest label of a camera's clips: a room's last seconds as a video. It raises and clears nothing."""

from dataclasses import dataclass
from datetime import datetime

from services.alerts.codec import Json, instant, read_instant
from services.alerts.policy.event_time import event_time
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.thresholds import Thresholds
from services.bus.models import ClipMessage


@dataclass(frozen=True, slots=True)
class Clip:
    """level: 0..3. at: when its newest crop was captured, by our clock. seconds: from its oldest one to that.

    crops: how many there were. mode: among whom it was computed. origin: producer and number, against redelivery.
    """

    level: int
    at: datetime
    seconds: float
    crops: int
    mode: str
    origin: tuple[str, int]


def clip_of(message: ClipMessage, now: datetime, rules: Thresholds) -> Clip:
    """What a message received at now says."""
    envelope = message.envelope
    origin = envelope.producer, envelope.sequence
    evidence = Evidence(message.level, envelope.captured_at, envelope.published_at, *origin)
    seconds = max(0.0, (envelope.captured_at - message.began_at).total_seconds())
    return Clip(message.level, event_time(evidence, now, rules)[0], seconds, message.crops, message.mode, origin)


def newer(known: Clip | None, found: Clip) -> bool:
    """Whether it takes the place of the one that is known: no repeat of it, and not from before it."""
    if known is None:
        return True
    same_process = known.origin[0] == found.origin[0]
    return found.origin[1] > known.origin[1] if same_process else found.at >= known.at


def encode_clip(clip: Clip | None) -> Json | None:
    """As Redis holds it."""
    if clip is None:
        return None
    return {
        "level": clip.level,
        "at": instant(clip.at),
        "seconds": clip.seconds,
        "crops": clip.crops,
        "mode": clip.mode,
        "origin": list(clip.origin),
    }


def decode_clip(value: Json | None) -> Clip | None:
    """The inverse. Raises KeyError, TypeError, ValueError."""
    if value is None:
        return None
    producer, sequence = value["origin"]
    origin = str(producer), int(sequence)
    at, seconds = read_instant(value["at"]), float(value["seconds"])
    return Clip(int(value["level"]), at, seconds, int(value["crops"]), str(value["mode"]), origin)
