"""Alerts as JSON and back: what the API, webhooks, Redis and the audit log hold. No face, no name but of who acted."""

from datetime import UTC, datetime
from typing import Any

from services.alerts.actor import Actor, decode_actor, encode_actor
from services.alerts.errors import StoreCorrupt
from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Arrival, Outcome, Resolution

Json = dict[str, Any]


def instant(at: datetime) -> str:
    """ISO 8601 with microseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_instant(text: str) -> datetime:
    """The inverse of instant. Raises ValueError for anything without a time zone, or outside the years 1 to 9999."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant without a time zone")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant outside the years 1 to 9999") from None


def maybe_instant(at: datetime | None) -> str | None:
    """The same, or None."""
    return None if at is None else instant(at)


def read_maybe_instant(text: str | None) -> datetime | None:
    """The inverse of maybe_instant. Raises ValueError."""
    return None if text is None else read_instant(text)


def encode_alert(alert: Alert) -> Json:
    """An alert as the API, the webhooks, Redis and the audit log show it."""
    return {
        "id": alert.id,
        "camera": alert.camera,
        "level": alert.level,
        "status": alert.status.value,
        "onset_at": instant(alert.onset_at),
        "raised_at": instant(alert.raised_at),
        "signalled_at": instant(alert.signalled_at),
        "calling_since": instant(alert.calling_since),
        "changed_at": instant(alert.changed_at),
        "signals": alert.signals,
        "notified_at": maybe_instant(alert.notified_at),
        "widened_at": maybe_instant(alert.widened_at),
        "ack": _encode_promise(alert.ack),
        "arrival": _encode_promise(alert.arrival),
        "resolution": _encode_resolution(alert.resolution),
        "cleared_at": maybe_instant(alert.cleared_at),
        "reassess_at": maybe_instant(alert.reassess_at),
        "reassess_called_at": maybe_instant(alert.reassess_called_at),
        "reassessed": _encode_resolution(alert.reassessed),
    }


def decode_alert(value: Json) -> Alert:
    """The inverse of encode_alert. Raises StoreCorrupt."""
    try:
        ack, arrival = value["ack"], value["arrival"]
        return Alert(
            id=str(value["id"]),
            camera=str(value["camera"]),
            level=int(value["level"]),
            status=AlertStatus(value["status"]),
            onset_at=read_instant(value["onset_at"]),
            raised_at=read_instant(value["raised_at"]),
            signalled_at=read_instant(value["signalled_at"]),
            calling_since=read_instant(value["calling_since"]),
            changed_at=read_instant(value["changed_at"]),
            signals=int(value["signals"]),
            notified_at=read_maybe_instant(value["notified_at"]),
            widened_at=read_maybe_instant(value["widened_at"]),
            ack=None if ack is None else Acknowledgement(*_decode_promise(ack)),
            arrival=None if arrival is None else Arrival(*_decode_promise(arrival)),
            resolution=_decode_resolution(value["resolution"]),
            cleared_at=read_maybe_instant(value["cleared_at"]),
            reassess_at=read_maybe_instant(value["reassess_at"]),
            reassess_called_at=read_maybe_instant(value["reassess_called_at"]),
            reassessed=_decode_resolution(value["reassessed"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not an alert: {type(error).__name__}") from error


def encode_by(by: Actor) -> Json:
    """Who acted: the name, as programs have always read it, and the whole actor."""
    return {"by": by.name, "actor": encode_actor(by)}


def _encode_promise(one: Acknowledgement | Arrival | None) -> Json | None:
    if one is None:
        return None
    return encode_by(one.by) | {"at": instant(one.at), "expires_at": instant(one.expires_at)}


def _decode_promise(value: Json) -> tuple[Actor, datetime, datetime]:
    return decode_actor(value["actor"]), read_instant(value["at"]), read_instant(value["expires_at"])


def _encode_resolution(one: Resolution | None) -> Json | None:
    if one is None:
        return None
    return encode_by(one.by) | {"at": instant(one.at), "outcome": one.outcome.value, "reason": one.reason}


def _decode_resolution(value: Json | None) -> Resolution | None:
    if value is None:
        return None
    by, at = decode_actor(value["actor"]), read_instant(value["at"])
    return Resolution(by, at, Outcome(value["outcome"]), str(value["reason"]))
