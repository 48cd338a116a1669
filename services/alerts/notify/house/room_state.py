"""What the house's automation is told of a room: JSON, the same for the same alerts; the room's name, and no person.

{"ward", "room": names; "state": calm, or the status of the alert that weighs most; "level": its level, 0 where calm;
"calls": how often it has called, so that a bell rings again; "since": when it was raised, or null}. Where it is set so,
"by" says who of the staff is on the way or there. A resident is never named: none is known here.
"""

import json
from collections.abc import Iterable

from services.alerts.actor import Actor
from services.alerts.codec import instant
from services.alerts.policy.alert import Alert, AlertStatus
from services.site.records import Room, Ward

WEIGHT = {AlertStatus.RAISED: 2, AlertStatus.ACKNOWLEDGED: 1, AlertStatus.ARRIVED: 0}
CALM = "calm"


def room_state(ward: Ward, room: Room, alerts: Iterable[Alert], names_staff: bool = False) -> bytes:
    """The state of a room with these open alerts: unanswered ones weigh more than answered, then the level counts."""
    state: dict[str, object] = {"ward": ward.name, "room": room.name}
    ordered = sorted(alerts, key=lambda one: (WEIGHT.get(one.status, 0), one.level, one.id))
    if not ordered:
        state |= {"state": CALM, "level": 0, "calls": 0, "since": None}
    else:
        worst = ordered[-1]
        state |= {"state": worst.status.value, "level": worst.level, "calls": worst.signals}
        state["since"] = instant(worst.raised_at)
        who = _who(worst) if names_staff else None
        if who is not None:
            state["by"] = who.name
    return json.dumps(state, ensure_ascii=False, sort_keys=True).encode()


def _who(alert: Alert) -> Actor | None:
    if alert.status is AlertStatus.ACKNOWLEDGED and alert.ack is not None:
        return alert.ack.by
    return alert.arrival.by if alert.status is AlertStatus.ARRIVED and alert.arrival is not None else None
