"""The moments of a camera's state when the clock is set: moved with it, or bounded after a run that ended before.

All moments are of one line that follows a monotonic clock. A timer keeps its length whatever is done to the wall clock.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerts.policy.episode import AlarmState, Alert
from services.alerts.policy.rules import Rules

Move = Callable[[datetime], datetime]


def moved(state: AlarmState, by: timedelta) -> AlarmState:
    """The same state with every moment later by `by`: the clock was set, and no time has passed."""
    return _mapped(state, lambda at: at + by, lambda at: at + by, lambda at: at + by)


def bounded(state: AlarmState, now: datetime, rules: Rules) -> AlarmState:
    """A state kept by an earlier run, with no moment later than it can be at now: the clock was set meanwhile."""
    held = now + timedelta(seconds=max(rules.hold_s, rules.settle_s))
    promised = now + timedelta(seconds=rules.ack_timeout_s)
    return _mapped(state, lambda at: min(at, now), lambda at: min(at, held), lambda at: min(at, promised))


def bounded_alert(alert: Alert, now: datetime, rules: Rules) -> Alert:
    """The same for an alert alone: no acknowledgement outlasts its time."""
    promised = now + timedelta(seconds=rules.ack_timeout_s)
    return _mapped_alert(alert, lambda at: min(at, now), lambda at: min(at, promised))


def _mapped(state: AlarmState, past: Move, hold: Move, promise: Move) -> AlarmState:
    last = None if state.last is None else replace(state.last, at=past(state.last.at))
    suspect = None if state.suspect is None else replace(state.suspect, at=past(state.suspect.at))
    return replace(
        state,
        last=last,
        suspect=suspect,
        hold_due=None if state.hold_due is None else hold(state.hold_due),
        calm_since=None if state.calm_since is None else past(state.calm_since),
        skewed_since=None if state.skewed_since is None else past(state.skewed_since),
        alert=None if state.alert is None else _mapped_alert(state.alert, past, promise),
    )


def _mapped_alert(alert: Alert, past: Move, promise: Move) -> Alert:
    ack = alert.ack
    return replace(
        alert,
        onset_at=past(alert.onset_at),
        raised_at=past(alert.raised_at),
        signalled_at=past(alert.signalled_at),
        ack=None if ack is None else replace(ack, at=past(ack.at), expires_at=promise(ack.expires_at)),
    )
