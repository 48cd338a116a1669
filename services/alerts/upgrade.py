"""What an earlier version kept, as this version reads it: Redis' format 2 and the audit log's lines of format 1.

Before the life cycle an alert was raised, acknowledged under a typed name, and cleared. Nothing of it is lost: a level
3 that was cleared stays so; one that was open stays open and from now on calls until somebody has come.
"""

from typing import Any

from services.alerts.actor import encode_actor, typed_name
from services.alerts.errors import StoreCorrupt

Json = dict[str, Any]

ADDED = ("notified_at", "widened_at", "arrival", "resolution", "reassess_at", "reassess_called_at", "reassessed")


def upgraded_alert(value: Json) -> Json:
    """An alert of Redis' format 2 and of the audit log's format 1. Raises StoreCorrupt."""
    try:
        ack = value["ack"]
        steps = [value["signalled_at"], value["cleared_at"], None if ack is None else ack["at"]]
        taken = None if ack is None else ack | {"actor": encode_actor(typed_name(str(ack["by"])))}
        changed = max(step for step in steps if step is not None)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not an alert: {type(error).__name__}") from error
    times = {"calling_since": value["signalled_at"], "changed_at": changed}
    return dict.fromkeys(ADDED) | value | times | {"ack": taken}


def upgraded_record(value: Json) -> Json:
    """A camera's record of Redis' format 2. Raises StoreCorrupt."""
    try:
        old = dict(value["state"])
        suspect, last, alert = old.pop("suspect"), old["last"], old["alert"]
    except (KeyError, TypeError, ValueError) as error:
        raise StoreCorrupt(f"not a camera's record: {type(error).__name__}") from error
    applied = 0 if last is None else 2  # the last piece, and whichever was the suspect before it
    state = old | {
        "applied": applied,
        "suspects": [] if suspect is None else [[suspect, applied if suspect == last else applied - 1]],
        "alert": None if alert is None else upgraded_alert(alert),
        "treated": None,
        "pause": None,
    }
    return value | {"state": state}
