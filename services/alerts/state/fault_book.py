"""What people did about technical alarms, by their keys; the audit log has it too and gives it back after a start."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.policy.faults import Handling, Stamp, fault_key, moved, standing
from services.alerts.policy.technical import TechnicalCondition
from services.alerts.policy.ward_act import WardAct, WardChange

KEPT = 2_000
NOTHING_DONE = Handling()


class FaultBook:
    """Bounded: of more than KEPT alarms the ones that were handled longest ago are forgotten."""

    def __init__(self) -> None:
        self._handled: dict[str, Handling] = {}

    def of(self, one: TechnicalCondition) -> Handling:
        """What was done about an alarm that stands."""
        return standing(self._handled.get(fault_key(one), NOTHING_DONE), one.since)

    def seen(self, key: str, by: Actor, now: datetime) -> WardAct:
        """Somebody knows of it."""
        return self.follow(WardAct(WardChange.FAULT_SEEN, key, now, by))

    def handed_over(self, key: str, by: Actor, note: str, now: datetime) -> WardAct:
        """The technician knows of it. note: who, a ticket's number; may be empty."""
        return self.follow(WardAct(WardChange.FAULT_HANDED_OVER, key, now, by, {"note": note}))

    def follow(self, act: WardAct) -> WardAct:
        """Take an act in, new or out of the audit log."""
        before = self._handled.pop(act.scope, NOTHING_DONE)
        if act.by is not None:
            stamp = Stamp(act.by, act.at, str(act.details.get("note", "")))
            if act.change is WardChange.FAULT_SEEN:
                before = replace(before, seen=stamp)
            else:
                before = Handling(before.seen or stamp, stamp)
        self._handled[act.scope] = before
        while len(self._handled) > KEPT:
            del self._handled[next(iter(self._handled))]
        return act

    def move(self, by: timedelta) -> None:
        """Every moment later by `by`: the clock was set."""
        self._handled = {key: moved(one, by) for key, one in self._handled.items()}
