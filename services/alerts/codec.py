"""The policy's values as JSON and back: what Redis and the audit log hold. No face, no name but an acknowledger's."""

from datetime import UTC, datetime
from typing import Any

from services.alerts.errors import StoreCorrupt
from services.alerts.policy.episode import Acknowledgement, AlarmState, Alert, AlertStatus, AppliedEvidence

Json = dict[str, Any]


def instant(at: datetime) -> str:
    """ISO 8601 with microseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_instant(text: str) -> datetime:
    """The inverse of instant. Raises ValueError for anything without a time zone."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return at.astimezone(UTC)


def maybe_instant(at: datetime | None) -> str | None:
    """The same, or None."""
    return None if at is None else instant(at)


def read_maybe_instant(text: str | None) -> datetime | None:
    """The inverse of maybe_instant. Raises ValueError."""
    return None if text is None else read_instant(text)


def encode_alert(alert: Alert) -> Json:
    """An alert as the API, the webhooks, Redis and the audit log show it."""
    ack = alert.ack
    return {
        "id": alert.id,
        "camera": alert.camera,
        "level": alert.level,
        "status": alert.status.value,
        "onset_at": instant(alert.onset_at),
        "raised_at": instant(alert.raised_at),
        "signalled_at": instant(alert.signalled_at),
        "signals": alert.signals,
        "ack": None if ack is None else {"by": ack.by, "at": instant(ack.at), "expires_at": instant(ack.expires_at)},
        "cleared_at": maybe_instant(alert.cleared_at),
    }


def decode_alert(value: Json) -> Alert:
    """The inverse of encode_alert. Raises StoreCorrupt."""
    try:
        ack = value["ack"]
        return Alert(
            id=str(value["id"]),
            camera=str(value["camera"]),
            level=int(value["level"]),
            status=AlertStatus(value["status"]),
            onset_at=read_instant(value["onset_at"]),
            raised_at=read_instant(value["raised_at"]),
            signalled_at=read_instant(value["signalled_at"]),
            signals=int(value["signals"]),
            ack=None
            if ack is None
            else Acknowledgement(str(ack["by"]), read_instant(ack["at"]), read_instant(ack["expires_at"])),
            cleared_at=read_maybe_instant(value["cleared_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not an alert: {type(error).__name__}") from error


def _encode_piece(piece: AppliedEvidence | None) -> list[Any] | None:
    return None if piece is None else [piece.level, instant(piece.at), piece.producer, piece.sequence]


def _decode_piece(value: list[Any] | None) -> AppliedEvidence | None:
    if value is None:
        return None
    level, at, producer, sequence = value
    return AppliedEvidence(int(level), read_instant(at), str(producer), int(sequence))


def encode_state(state: AlarmState) -> Json:
    """A camera's policy state."""
    return {
        "camera": state.camera,
        "origins": [list(item) for item in state.origins],
        "last": _encode_piece(state.last),
        "suspect": _encode_piece(state.suspect),
        "hold_due": maybe_instant(state.hold_due),
        "calm_since": maybe_instant(state.calm_since),
        "calm_pieces": state.calm_pieces,
        "skewed_since": maybe_instant(state.skewed_since),
        "alert": None if state.alert is None else encode_alert(state.alert),
    }


def decode_state(value: Json) -> AlarmState:
    """The inverse of encode_state. Raises StoreCorrupt."""
    try:
        return AlarmState(
            camera=str(value["camera"]),
            origins=tuple((str(producer), int(sequence)) for producer, sequence in value["origins"]),
            last=_decode_piece(value["last"]),
            suspect=_decode_piece(value["suspect"]),
            hold_due=read_maybe_instant(value["hold_due"]),
            calm_since=read_maybe_instant(value["calm_since"]),
            calm_pieces=int(value["calm_pieces"]),
            skewed_since=read_maybe_instant(value["skewed_since"]),
            alert=None if value["alert"] is None else decode_alert(value["alert"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not a camera's state: {type(error).__name__}") from error
