"""The moments of a camera's state when the clock is set: moved with it, or bounded after a run that ended before.

All moments are of one line that follows a monotonic clock. A timer keeps its length whatever is done to the wall clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.policy.alert import Alert, Resolution
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.thresholds import Thresholds

Move = Callable[[datetime], datetime]


def moved(state: AlarmState, by: timedelta) -> AlarmState:
    """The same state with every moment later by `by`: the clock was set, and no time has passed."""

    def later(at: datetime) -> datetime:
        return at + by

    def theirs(at: datetime) -> datetime:
        try:
            return at + by
        except OverflowError:  # a sender may say any moment; the distance to what it says next is none that counts
            return at

    return _mapped(state, _Moves(theirs, later, later, later, later, later, later))


def bounded(state: AlarmState, now: datetime, rules: Thresholds) -> AlarmState:
    """A state kept by an earlier run, with no moment later than it can be at now: the clock was set meanwhile."""
    return _mapped(state, _bounds(now, rules))


def bounded_alert(alert: Alert, now: datetime, rules: Thresholds) -> Alert:
    """The same for an alert alone: nothing outlasts its time."""
    return _mapped_alert(alert, _bounds(now, rules))


@dataclass(frozen=True, slots=True)
class _Moves:
    """What becomes of moments that have passed, and of the ends of what is still to come.

    theirs: of moments by a sender's clock, which is set as ours is, if at all.
    """

    theirs: Move
    past: Move
    hold: Move
    promise: Move
    presence: Move
    reassess: Move
    pause: Move


def _bounds(now: datetime, rules: Thresholds) -> _Moves:
    def by(seconds: float) -> Move:
        latest = now + timedelta(seconds=seconds)
        return lambda at: min(at, latest)

    hold = max(rules.hold_s, rules.settle_s)
    promise, presence = rules.ack_timeout_s, rules.presence_timeout_s
    return _Moves(
        lambda at: at, by(0), by(hold), by(promise), by(presence), by(rules.reassess_after_s), by(rules.pause_limit_s)
    )


def _maybe(move: Move, at: datetime | None) -> datetime | None:
    return None if at is None else move(at)


def _mapped(state: AlarmState, moves: _Moves) -> AlarmState:
    past = moves.past
    suspects = (
        replace(one, piece=replace(one.piece, at=past(one.piece.at)), captured_at=_maybe(moves.theirs, one.captured_at))
        for one in state.suspects
    )
    pause = state.pause
    return replace(
        state,
        last=None if state.last is None else replace(state.last, at=past(state.last.at)),
        suspects=tuple(suspects),
        hold_due=_maybe(moves.hold, state.hold_due),
        calm_since=_maybe(past, state.calm_since),
        skewed_since=_maybe(past, state.skewed_since),
        alert=None if state.alert is None else _mapped_alert(state.alert, moves),
        treated=None if state.treated is None else _mapped_alert(state.treated, moves),
        pause=None if pause is None else replace(pause, at=past(pause.at), until=moves.pause(pause.until)),
    )


def _mapped_alert(alert: Alert, moves: _Moves) -> Alert:
    past, ack, arrival = moves.past, alert.ack, alert.arrival
    return replace(
        alert,
        onset_at=past(alert.onset_at),
        raised_at=past(alert.raised_at),
        signalled_at=past(alert.signalled_at),
        calling_since=past(alert.calling_since),
        changed_at=past(alert.changed_at),
        notified_at=_maybe(past, alert.notified_at),
        widened_at=_maybe(past, alert.widened_at),
        ack=ack and replace(ack, at=past(ack.at), expires_at=moves.promise(ack.expires_at)),
        arrival=arrival and replace(arrival, at=past(arrival.at), expires_at=moves.presence(arrival.expires_at)),
        resolution=_mapped_resolution(alert.resolution, past),
        cleared_at=_maybe(past, alert.cleared_at),
        reassess_at=_maybe(moves.reassess, alert.reassess_at),
        reassess_called_at=_maybe(past, alert.reassess_called_at),
        reassessed=_mapped_resolution(alert.reassessed, past),
    )


def _mapped_resolution(one: Resolution | None, past: Move) -> Resolution | None:
    return one and replace(one, at=past(one.at))
