"""The alert policy: evidence of one camera in, alert transitions out. Pure: no clock, no loop, no bus.

Rules (times and levels in services/alerts/policy/rules.py):
  raise     two pieces at raise_level or above, at most repeat_window_s apart (it repeats), or one after the other
            with nothing calmer between them and not stale (it persists);
            or one piece of level 3 with nothing calmer after it for hold_s (reduction may drop the second).
  escalate  a piece above the open alert's level lifts it; an acknowledged alert is raised again by that.
  clear     pieces at clear_level or below, at least clear_pieces of them, spanning clear_after_s, no gap longer than
            stale_after_s. Anything higher starts over. Nothing clears an alert but calm evidence: silence latches it.
  expire    an acknowledgement older than ack_timeout_s returns the alert to raised.

Order: by sequence within a producer. Event time (event_time.py) never lies in the future and never goes back; evidence
whose sender's clock is wrong counts from its reception. Pain is not dropped for its clock.

Time: `now` and all moments of a state are of one line that follows a monotonic clock. When the wall clock is set, the
whole state is moved with it (moments.py), so that no timer runs by wall time.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.policy.episode import (
    Acknowledgement,
    AlarmState,
    Alert,
    AlertStatus,
    AppliedEvidence,
    Change,
    Evidence,
    Transition,
    Verdict,
    alert_id,
    with_origin,
)
from services.alerts.policy.errors import AlreadyAcknowledged, UnknownAlert
from services.alerts.policy.event_time import event_time
from services.alerts.policy.rules import LEVELS, SEVERE, Rules


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """The state after an input, what it changed, and what became of the evidence."""

    state: AlarmState
    transitions: tuple[Transition, ...] = ()
    verdict: Verdict = Verdict.APPLIED


class AlertPolicy:
    """The rules applied to one camera's state; holds no state of its own."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._window = timedelta(seconds=rules.repeat_window_s)
        self._stale = timedelta(seconds=rules.stale_after_s)
        self._clear = timedelta(seconds=rules.clear_after_s)

    def observe(self, state: AlarmState, evidence: Evidence, now: datetime) -> PolicyStep:
        """Apply a piece of evidence received at now.

        Raises ValueError for a level outside 0..3.
        """
        if evidence.level not in LEVELS:
            raise ValueError(f"level {evidence.level} is outside 0..3")
        verdict = self._order(state, evidence, now)
        if verdict is not Verdict.APPLIED:
            return PolicyStep(state, verdict=verdict)
        captured, agrees = event_time(evidence, now, self.rules)
        at = captured if state.last is None else max(captured, state.last.at)
        before = self.advance(state, at)
        piece = AppliedEvidence(evidence.level, at, evidence.producer, evidence.sequence)
        skewed = None if agrees else state.skewed_since or now
        noted = replace(with_origin(before.state, piece.producer, piece.sequence), skewed_since=skewed)
        after, transition = self._judge(self._count_calm(noted, piece), piece, now)
        suspect = after.suspect
        if piece.level >= self.rules.raise_level:
            suspect = piece
        settled = replace(after, last=piece, suspect=suspect, hold_due=self._hold_due(after, piece, now))
        return PolicyStep(settled, (*before.transitions, *((transition,) if transition else ())))

    def advance(self, state: AlarmState, now: datetime) -> PolicyStep:
        """Fire the timers that are due at now: the hold of a lone level 3, the end of an acknowledgement."""
        transitions: list[Transition] = []
        if state.hold_due is not None and state.hold_due <= now and state.last is not None:
            state, raised = self._raise(state, state.last, state.last.level, state.hold_due)
            transitions.append(raised)
        alert = state.alert
        if alert and alert.ack and alert.status is AlertStatus.ACKNOWLEDGED and alert.ack.expires_at <= now:
            at = alert.ack.expires_at
            alert = replace(alert, status=AlertStatus.RAISED, signalled_at=at, signals=alert.signals + 1)
            transitions.append(Transition(Change.ACK_EXPIRED, alert, at))
            state = replace(state, alert=alert)
        return PolicyStep(state, tuple(transitions))

    def acknowledge(self, state: AlarmState, alert: str, by: str, now: datetime) -> PolicyStep:
        """Take the open alert for a person. The same person twice changes nothing.

        Raises UnknownAlert when it is not this camera's open alert, AlreadyAcknowledged when somebody else holds it.
        """
        current = state.alert
        if current is None or current.id != alert:
            raise UnknownAlert(alert)
        if current.ack is not None and current.status is AlertStatus.ACKNOWLEDGED and now < current.ack.expires_at:
            if current.ack.by != by:
                raise AlreadyAcknowledged(alert, current.ack.by)
            return PolicyStep(state)
        expires = now + timedelta(seconds=self.rules.ack_timeout_s)
        taken = replace(current, status=AlertStatus.ACKNOWLEDGED, ack=Acknowledgement(by, now, expires))
        return PolicyStep(replace(state, alert=taken), (Transition(Change.ACKNOWLEDGED, taken, now),))

    def is_stale(self, state: AlarmState, now: datetime) -> bool:
        """Whether there was evidence and the newest is older than stale_after_s."""
        return state.last is not None and now - state.last.at > self._stale

    def _order(self, state: AlarmState, evidence: Evidence, now: datetime) -> Verdict:
        known = dict(state.origins).get(evidence.producer)
        if known is not None and evidence.sequence <= known:
            return Verdict.DUPLICATE if evidence.sequence == known else Verdict.LATE
        captured, agrees = event_time(evidence, now, self.rules)
        earlier = agrees and state.last is not None and captured < state.last.at
        current = bool(state.origins) and state.origins[-1][0] == evidence.producer
        pain = evidence.level >= self.rules.raise_level
        return Verdict.LATE if earlier and known is not None and not current and not pain else Verdict.APPLIED

    def _count_calm(self, state: AlarmState, piece: AppliedEvidence) -> AlarmState:
        if piece.level > self.rules.clear_level:
            return replace(state, calm_since=None, calm_pieces=0)
        unbroken = state.calm_since is not None and self._follows(state.last, piece)
        if unbroken:
            return replace(state, calm_pieces=state.calm_pieces + 1)
        return replace(state, calm_since=piece.at, calm_pieces=1)

    def _follows(self, earlier: AppliedEvidence | None, later: AppliedEvidence) -> bool:
        return earlier is not None and later.at - earlier.at <= self._stale

    def _judge(self, state: AlarmState, piece: AppliedEvidence, now: datetime) -> tuple[AlarmState, Transition | None]:
        if state.alert is None:
            onset = self._onset(state, piece)
            return (state, None) if onset is None else self._raise(state, onset, piece.level, now)
        if piece.level > state.alert.level:
            return self._escalate(state, state.alert, piece, now)
        calm = state.calm_since is not None and piece.at - state.calm_since >= self._clear
        if calm and state.calm_pieces >= self.rules.clear_pieces:
            cleared = replace(state.alert, status=AlertStatus.CLEARED, cleared_at=now)
            return replace(state, alert=None, suspect=None), Transition(Change.CLEARED, cleared, now)
        return state, None

    def _onset(self, state: AlarmState, piece: AppliedEvidence) -> AppliedEvidence | None:
        """The earlier piece that, with this one, makes pain that repeats or persists."""
        if piece.level < self.rules.raise_level or state.suspect is None:
            return None
        repeats = piece.at - state.suspect.at <= self._window
        persists = state.suspect == state.last and self._follows(state.last, piece)
        return state.suspect if repeats or persists else None

    def _raise(
        self, state: AlarmState, onset: AppliedEvidence, level: int, at: datetime
    ) -> tuple[AlarmState, Transition]:
        alert = Alert(
            id=alert_id(state.camera, onset),
            camera=state.camera,
            level=max(onset.level, level),
            status=AlertStatus.RAISED,
            onset_at=onset.at,
            raised_at=at,
            signalled_at=at,
        )
        return replace(state, alert=alert, hold_due=None), Transition(Change.RAISED, alert, at)

    def _escalate(
        self, state: AlarmState, alert: Alert, piece: AppliedEvidence, now: datetime
    ) -> tuple[AlarmState, Transition]:
        worse = replace(
            alert, level=piece.level, status=AlertStatus.RAISED, signalled_at=now, signals=alert.signals + 1
        )
        return replace(state, alert=worse), Transition(Change.ESCALATED, worse, now)

    def _hold_due(self, state: AlarmState, piece: AppliedEvidence, now: datetime) -> datetime | None:
        if state.alert is not None or piece.level < SEVERE:
            return None
        held = piece.at + timedelta(seconds=self.rules.hold_s)
        return max(held, now + timedelta(seconds=self.rules.settle_s))
