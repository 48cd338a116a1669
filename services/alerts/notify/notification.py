"""A change of an alert as other systems are told of it.

Body, JSON: {"id", "change", "at", "alert"}. The id names the change for ever: told again, after a crash or out of a
replayed stream, it has the same id. `at` and the alert's times may differ in a replay, which takes each message as
received when it was published; so the id is made of what does not: the alert, the change, how often it called, and for
an acknowledgement when it was taken.
"""

import hashlib
import json
from dataclasses import dataclass

from services.alerts.codec import encode_alert, instant
from services.alerts.policy.episode import Change, Transition


@dataclass(frozen=True, slots=True)
class Notification:
    """id: 32 hexadecimal digits. alert: the alert's id; those of one alert are delivered in order.

    body: as it is posted, byte for byte. redelivered: it may have been delivered before.
    """

    id: str
    alert: str
    body: bytes
    redelivered: bool = False


def notification(transition: Transition, redelivered: bool = False) -> Notification:
    """What is posted for a change."""
    alert = transition.alert
    taken = instant(alert.ack.at) if alert.ack is not None and transition.change is Change.ACKNOWLEDGED else ""
    identity = f"{alert.id}-{transition.change.value}-{alert.signals}-{taken}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:32]
    body = {
        "id": name,
        "change": transition.change.value,
        "at": instant(transition.at),
        "alert": encode_alert(alert),
    }
    return Notification(name, alert.id, json.dumps(body, sort_keys=True).encode(), redelivered)
