"""The alert policy: evidence of one camera in, alert transitions out. Pure: no clock, no loop, no bus.

Rules (times and levels in services/alerts/policy/thresholds.py):
  raise     pain that repeats or persists (onset.py); or one piece of level 3 with nothing calmer after it for hold_s
            (reduction may drop the second).
  escalate  a piece above the open alert's level lifts it; an acknowledged alert is raised again by that.
  clear     pieces at clear_level or below, at least clear_pieces of them, spanning clear_after_s, no gap longer than
            stale_after_s. Anything higher starts over. Nothing but calm evidence clears an alert without a person, and
            silence never does. Calm clears at once where nobody answered yet, below level 3. Where somebody is on the
            way or there, it clears when the promise or the presence ends, so that she finds it and says what it was.
  latch     level 3 calls on, though it is calm, until somebody has come to the bed.
  answers   life_cycle.py: accepted, arrived, resolved; called again by time.

Order: by sequence within a producer. Event time (event_time.py) never lies in the future and never goes back; evidence
whose sender's clock is wrong counts from its reception. Pain is not dropped for its clock. Evidence from before the
last step of an alert does not clear it: a stream that is read again may not know of that step.

Time: `now` and all moments of a state are of one line that follows a monotonic clock. When the wall clock is set, the
whole state is moved with it (moments.py), so that no timer runs by wall time.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from services.alerts.policy.alert import ENDS, Alert, AlertStatus, Change, Transition
from services.alerts.policy.episode import AlarmState, alert_id, with_origin
from services.alerts.policy.errors import UnknownAlert
from services.alerts.policy.event_time import event_time
from services.alerts.policy.evidence import AppliedEvidence, Evidence, Verdict
from services.alerts.policy.holds import Holds, QuietTime
from services.alerts.policy.life_cycle import Act, Resolve, Step, decide, due, taken
from services.alerts.policy.onset import Suspect, onset, with_suspect
from services.alerts.policy.reassessment import looked_again, told
from services.alerts.policy.thresholds import LEVELS, SEVERE, Thresholds

EXPIRES = frozenset({Change.ACK_EXPIRED, Change.PRESENCE_EXPIRED})


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """The state after an input, what it changed, and what became of the evidence."""

    state: AlarmState
    transitions: tuple[Transition, ...] = ()
    verdict: Verdict = Verdict.APPLIED


class AlertPolicy:
    """The rules applied to one camera's state; holds no state of its own. quiet: by the clock of zone."""

    def __init__(self, rules: Thresholds, quiet: tuple[QuietTime, ...] = (), zone: tzinfo = UTC) -> None:
        self.rules = rules
        self.quiet = quiet
        self.zone = zone
        self._stale = timedelta(seconds=rules.stale_after_s)
        self._clear = timedelta(seconds=rules.clear_after_s)

    def observe(self, state: AlarmState, evidence: Evidence, now: datetime, inhibited: bool = False) -> PolicyStep:
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
        before = self.advance(state, at, inhibited)
        piece = AppliedEvidence(evidence.level, at, evidence.producer, evidence.sequence)
        skewed = None if agrees else state.skewed_since or now
        noted = replace(with_origin(before.state, piece.producer, piece.sequence), skewed_since=skewed)
        counted = replace(self._count_calm(noted, piece), applied=noted.applied + 1)
        newest = Suspect(piece, counted.applied, evidence.captured_at)
        after, transition = self._judge(replace(counted, last=piece), newest, now)
        suspects = with_suspect(after.suspects, newest, self.rules)
        settled = replace(after, suspects=suspects, hold_due=self._hold_due(after, piece, now))
        return PolicyStep(settled, (*before.transitions, *((transition,) if transition else ())))

    def advance(self, state: AlarmState, now: datetime, inhibited: bool = False) -> PolicyStep:
        """Fire the timers that are due at now. inhibited: the camera cannot be assessed."""
        transitions: list[Transition] = []
        if state.hold_due is not None and state.hold_due <= now and state.last is not None:
            state, raised = self._raise(state, state.last, state.last.level, state.hold_due)
            transitions.append(raised)
        while state.alert is not None:
            step = due(state.alert, now, self.rules, self.holds(state, inhibited))
            if step is None:
                break
            change = taken(state.alert, self._after_calm(state, step))
            state = _with(state, change)
            transitions.append(change)
        again = told(state.treated, now) if state.treated is not None else None
        if again is not None:
            state = replace(state, treated=again.alert)
            transitions.append(again)
        return PolicyStep(state, tuple(transitions))

    def act(self, state: AlarmState, alert: str, act: Act, now: datetime) -> PolicyStep:
        """A person acts on the open alert, or looks again after it. What is so already changes nothing.

        Raises UnknownAlert when it is neither this camera's open alert nor its last treated one, NothingDue, and what
        life_cycle.decide raises.
        """
        current = state.alert
        if current is None or current.id != alert:
            if state.treated is None or state.treated.id != alert or not isinstance(act, Resolve):
                raise UnknownAlert(alert)
            looked = looked_again(state.treated, act, now, self.rules)
            awaited = looked.alert if looked.alert.reassess_at is not None else None
            return PolicyStep(replace(state, treated=awaited), (looked,))
        step = decide(current, act, now, self.rules)
        if step is None:
            return PolicyStep(state)
        change = taken(current, step)
        return PolicyStep(_with(state, change), (change,))

    def notified(self, state: AlarmState, now: datetime) -> PolicyStep:
        """A screen or a receiver has the open alert; only the first time counts."""
        if state.alert is None or state.alert.notified_at is not None:
            return PolicyStep(state)
        change = taken(state.alert, Step(Change.NOTIFIED, now))
        return PolicyStep(_with(state, change), (change,))

    def holds(self, state: AlarmState, inhibited: bool = False) -> Holds:
        """What may keep this camera's alert from calling."""
        return Holds(state.pause, self.quiet, self.zone, inhibited)

    def is_calm(self, state: AlarmState, now: datetime) -> bool:
        """Whether calm evidence has lasted long enough, and still does."""
        if state.calm_since is None or state.last is None or self.is_stale(state, now):
            return False
        return state.last.at - state.calm_since >= self._clear and state.calm_pieces >= self.rules.clear_pieces

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
        unbroken = state.calm_since is not None and state.last is not None and piece.at - state.last.at <= self._stale
        if unbroken:
            return replace(state, calm_pieces=state.calm_pieces + 1)
        return replace(state, calm_since=piece.at, calm_pieces=1)

    def _judge(self, state: AlarmState, newest: Suspect, now: datetime) -> tuple[AlarmState, Transition | None]:
        alert, piece = state.alert, newest.piece
        if alert is None:
            first = onset(state.suspects, newest, self.rules)
            if first is None:
                return state, None
            worst = max(one.piece.level for one in (*state.suspects, newest) if one.piece.at >= first.at)
            return self._raise(state, first, worst, now)
        step: Step | None = None
        if piece.level > alert.level:
            there = alert.status is AlertStatus.ARRIVED
            silent = there or self.holds(state).silence(piece.level, now)
            step = Step(Change.ESCALATED, now, level=piece.level, calls=not silent)
        elif alert.status is AlertStatus.RAISED and alert.level < SEVERE and piece.at >= alert.changed_at:
            step = Step(Change.CLEARED, now) if self.is_calm(state, piece.at) else None
        if step is None:
            return state, None
        change = taken(alert, step)
        return _with(state, change), change

    def _after_calm(self, state: AlarmState, step: Step) -> Step:
        """A promise or a presence that ends in calm ends the alert; a promise alone does not end level 3."""
        ends = {Change.PRESENCE_EXPIRED} if state.alert and state.alert.level >= SEVERE else EXPIRES
        return Step(Change.CLEARED, step.at) if step.change in ends and self.is_calm(state, step.at) else step

    def _raise(
        self, state: AlarmState, first: AppliedEvidence, level: int, at: datetime
    ) -> tuple[AlarmState, Transition]:
        level = max(first.level, level)
        calls = not self.holds(state).silence(level, at)
        alert = Alert(
            id=alert_id(state.camera, first),
            camera=state.camera,
            level=level,
            status=AlertStatus.RAISED,
            onset_at=first.at,
            raised_at=at,
            signalled_at=at,
            calling_since=at,
            changed_at=at,
            signals=int(calls),
        )
        return replace(state, alert=alert, hold_due=None), Transition(Change.RAISED, alert, at, calls=calls)

    def _hold_due(self, state: AlarmState, piece: AppliedEvidence, now: datetime) -> datetime | None:
        if state.alert is not None or piece.level < SEVERE:
            return None
        held = piece.at + timedelta(seconds=self.rules.hold_s)
        return max(held, now + timedelta(seconds=self.rules.settle_s))


def _with(state: AlarmState, change: Transition) -> AlarmState:
    """The state after a change of its open alert."""
    if change.change not in ENDS:
        return replace(state, alert=change.alert)
    treated = change.alert if change.alert.reassess_at is not None else state.treated
    return replace(state, alert=None, suspects=(), hold_due=None, treated=treated)
