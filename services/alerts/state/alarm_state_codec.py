"""A camera's policy state as JSON and back: what Redis holds of it."""

from typing import Any

from services.alerts.actor import decode_actor
from services.alerts.codec import (
    Json,
    decode_alert,
    encode_alert,
    encode_by,
    instant,
    maybe_instant,
    read_instant,
    read_maybe_instant,
)
from services.alerts.errors import StoreCorrupt
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import AppliedEvidence
from services.alerts.policy.holds import Pause
from services.alerts.policy.onset import Suspect


def encode_state(state: AlarmState) -> Json:
    """A camera's policy state."""
    return {
        "camera": state.camera,
        "origins": [list(item) for item in state.origins],
        "last": None if state.last is None else _encode_piece(state.last),
        "applied": state.applied,
        "suspects": [[_encode_piece(one.piece), one.number] for one in state.suspects],
        "suspects_captured": [maybe_instant(one.captured_at) for one in state.suspects],
        "hold_due": maybe_instant(state.hold_due),
        "calm_since": maybe_instant(state.calm_since),
        "calm_pieces": state.calm_pieces,
        "skewed_since": maybe_instant(state.skewed_since),
        "alert": None if state.alert is None else encode_alert(state.alert),
        "treated": None if state.treated is None else encode_alert(state.treated),
        "pause": None if state.pause is None else encode_pause(state.pause),
    }


def decode_state(value: Json) -> AlarmState:
    """The inverse of encode_state. Raises StoreCorrupt."""
    try:
        return AlarmState(
            camera=str(value["camera"]),
            origins=tuple((str(producer), int(sequence)) for producer, sequence in value["origins"]),
            last=None if value["last"] is None else _decode_piece(value["last"]),
            applied=int(value["applied"]),
            suspects=_decode_suspects(value["suspects"], value.get("suspects_captured")),
            hold_due=read_maybe_instant(value["hold_due"]),
            calm_since=read_maybe_instant(value["calm_since"]),
            calm_pieces=int(value["calm_pieces"]),
            skewed_since=read_maybe_instant(value["skewed_since"]),
            alert=None if value["alert"] is None else decode_alert(value["alert"]),
            treated=None if value["treated"] is None else decode_alert(value["treated"]),
            pause=None if value["pause"] is None else decode_pause(value["pause"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not a camera's state: {type(error).__name__}") from error


def encode_pause(pause: Pause) -> Json:
    """A pause of calls or of sound."""
    return encode_by(pause.by) | {"at": instant(pause.at), "until": instant(pause.until), "reason": pause.reason}


def decode_pause(value: Json) -> Pause:
    """The inverse of encode_pause. Raises KeyError, TypeError, ValueError."""
    by, at = decode_actor(value["actor"]), read_instant(value["at"])
    return Pause(by, at, read_instant(value["until"]), str(value["reason"]))


def _encode_piece(piece: AppliedEvidence) -> list[Any]:
    return [piece.level, instant(piece.at), piece.producer, piece.sequence]


def _decode_piece(value: list[Any]) -> AppliedEvidence:
    level, at, producer, sequence = value
    return AppliedEvidence(int(level), read_instant(at), str(producer), int(sequence))


def _decode_suspects(pieces: list[Any], captured: list[Any] | None) -> tuple[Suspect, ...]:
    """captured: absent where a version before kept them."""
    moments = [None] * len(pieces) if captured is None else captured
    return tuple(
        Suspect(_decode_piece(piece), int(number), read_maybe_instant(moment))
        for (piece, number), moment in zip(pieces, moments, strict=True)
    )
