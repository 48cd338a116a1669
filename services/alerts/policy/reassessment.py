"""After an intervention somebody looks again, after an hour: due, told once, shown until it is done. Pure."""

from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.policy.alert import Alert, Change, Outcome, Resolution, Transition
from services.alerts.policy.errors import NothingDue
from services.alerts.policy.life_cycle import Resolve
from services.alerts.policy.thresholds import Thresholds


def told(treated: Alert, now: datetime) -> Transition | None:
    """The change by which a re-assessment that is due by now is told, once."""
    at = treated.reassess_at
    if at is None or at > now or treated.reassess_called_at is not None:
        return None
    return Transition(Change.REASSESSMENT_DUE, replace(treated, reassess_called_at=at, changed_at=at), at, calls=True)


def looked_again(treated: Alert, act: Resolve, now: datetime, rules: Thresholds) -> Transition:
    """Somebody has looked again, at any time after the intervention.

    Treated again: another look is due after the same time. Could not be assessed: it stays due. Raises NothingDue.
    """
    if treated.reassess_at is None:
        raise NothingDue(treated.id)
    seen = replace(treated, reassessed=Resolution(act.by, now, act.outcome, act.reason), changed_at=now)
    match act.outcome:
        case Outcome.PAIN_TREATED:
            again = now + timedelta(seconds=rules.reassess_after_s)
            seen = replace(seen, reassess_at=again, reassess_called_at=None)
        case Outcome.PAIN | Outcome.NO_PAIN:
            seen = replace(seen, reassess_at=None)
    return Transition(Change.REASSESSED, seen, now, act.by)
