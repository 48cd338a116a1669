"""One alert's life as pure functions: decide says what a person's act does, due what time does, apply does it.

accept   a promise to go, which ends after ack_timeout_s: then it calls again. One person's until then.
arrive   somebody is at the bed; an outcome is awaited for presence_timeout_s, then it calls again.
resolve  an outcome, by whoever is there: only where somebody has arrived.
time     an unanswered alert calls again every repeat_s, and after widen_after_s it asks more people, once.
worse    a higher level calls again, unless somebody is there already.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.alerts.actor import Actor
from services.alerts.policy.alert import (
    Acknowledgement,
    Alert,
    AlertStatus,
    Arrival,
    Change,
    Outcome,
    Resolution,
    Transition,
)
from services.alerts.policy.errors import AlreadyAcknowledged, NobodyThere
from services.alerts.policy.holds import Holds
from services.alerts.policy.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Accept:
    """Somebody promises to go."""

    by: Actor


@dataclass(frozen=True, slots=True)
class Arrive:
    """Somebody is at the bed."""

    by: Actor


@dataclass(frozen=True, slots=True)
class Resolve:
    """Somebody says what it was."""

    by: Actor
    outcome: Outcome
    reason: str = ""


Act = Accept | Arrive | Resolve


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an alert's life.

    until: the end of a promise or a presence, or when somebody must look again. level: of an escalation. calls: whether
    it asks for somebody.
    """

    change: Change
    at: datetime
    by: Actor | None = None
    until: datetime | None = None
    outcome: Outcome | None = None
    reason: str = ""
    level: int = 0
    calls: bool = False


def decide(alert: Alert, act: Act, now: datetime, rules: Thresholds) -> Step | None:
    """What a person's act does to an open alert; None when it is so already.

    Raises AlreadyAcknowledged when somebody else holds it, NobodyThere for an outcome before an arrival.
    """
    match act:
        case Accept(by):
            return _accepted(alert, by, now, rules)
        case Arrive(by):
            if alert.status is AlertStatus.ARRIVED and alert.arrival is not None and now < alert.arrival.expires_at:
                return None
            return Step(Change.ARRIVED, now, by, until=now + timedelta(seconds=rules.presence_timeout_s))
        case Resolve(by, outcome, reason):
            if alert.status is not AlertStatus.ARRIVED:
                raise NobodyThere(alert.id)
            again = now + timedelta(seconds=rules.reassess_after_s) if outcome is Outcome.PAIN_TREATED else None
            return Step(Change.RESOLVED, now, by, until=again, outcome=outcome, reason=reason)


def _accepted(alert: Alert, by: Actor, now: datetime, rules: Thresholds) -> Step | None:
    held = {AlertStatus.ACKNOWLEDGED: alert.ack, AlertStatus.ARRIVED: alert.arrival}.get(alert.status)
    if held is not None and now < held.expires_at:
        if not held.by.is_same_person(by):
            raise AlreadyAcknowledged(alert.id, held.by)
        return None
    return Step(Change.ACKNOWLEDGED, now, by, until=now + timedelta(seconds=rules.ack_timeout_s))


def apply(alert: Alert, step: Step) -> Alert:
    """The alert after a step. Raises ValueError for a step that an open alert cannot take."""
    called = replace(alert, signalled_at=step.at, signals=alert.signals + 1) if step.calls else alert
    return replace(_applied(called, step), changed_at=step.at)


def _applied(alert: Alert, step: Step) -> Alert:
    match step:
        case Step(Change.NOTIFIED, at):
            return replace(alert, notified_at=at)
        case Step(Change.ACKNOWLEDGED, at, by, until) if by is not None and until is not None:
            return replace(alert, status=AlertStatus.ACKNOWLEDGED, ack=Acknowledgement(by, at, until))
        case Step(Change.ARRIVED, at, by, until) if by is not None and until is not None:
            return replace(alert, status=AlertStatus.ARRIVED, arrival=Arrival(by, at, until))
        case Step(Change.RESOLVED, at, by, until, outcome, reason) if by is not None and outcome is not None:
            ended = Resolution(by, at, outcome, reason)
            return replace(alert, status=AlertStatus.RESOLVED, resolution=ended, reassess_at=until)
        case Step(Change.CLEARED, at):
            return replace(alert, status=AlertStatus.CLEARED, cleared_at=at)
        case Step(Change.WIDENED, at):
            return replace(alert, widened_at=at)
        case Step(Change.REPEATED):
            return alert
        case Step(Change.ESCALATED) if alert.status is AlertStatus.ARRIVED:
            return replace(alert, level=step.level)
        case Step(Change.ESCALATED, at):
            return replace(alert, level=step.level, status=AlertStatus.RAISED, calling_since=at)
        case Step(Change.ACK_EXPIRED | Change.PRESENCE_EXPIRED, at):
            return replace(alert, status=AlertStatus.RAISED, calling_since=at)
    raise ValueError(f"not a step of an open alert: {step.change}")


def taken(alert: Alert, step: Step) -> Transition:
    """The alert after a step, as it is told."""
    return Transition(step.change, apply(alert, step), step.at, step.by, step.calls)


def due(alert: Alert, now: datetime, rules: Thresholds, holds: Holds) -> Step | None:
    """The first step of an open alert that time has made due by now, if any. What is held comes when the hold ends."""
    if alert.status is AlertStatus.ACKNOWLEDGED and alert.ack is not None:
        return _ended(alert, Change.ACK_EXPIRED, alert.ack.expires_at, now, holds)
    if alert.status is AlertStatus.ARRIVED and alert.arrival is not None:
        return _ended(alert, Change.PRESENCE_EXPIRED, alert.arrival.expires_at, now, holds)
    steps = [step for step in _calls(alert, now, rules, holds) if step.at <= now]
    return min(steps, key=lambda step: step.at, default=None)


def _ended(alert: Alert, change: Change, at: datetime, now: datetime, holds: Holds) -> Step | None:
    return Step(change, at, calls=not holds.silence(alert.level, at)) if at <= now else None


def _calls(alert: Alert, now: datetime, rules: Thresholds, holds: Holds) -> Iterator[Step]:
    """The next calls of an unanswered alert, when they are due. Those that nobody made, because nothing ran, are not
    made up for: the newest counts.
    """
    every = timedelta(seconds=rules.repeat_s)
    again = alert.signalled_at
    if alert.signals > 0:
        again += every * max(1, (now - again) // every)
    yield Step(Change.REPEATED, holds.end(alert.level, again), calls=True)
    if alert.widened_at is None:
        since = alert.calling_since + timedelta(seconds=rules.widen_after_s)
        yield Step(Change.WIDENED, holds.end(alert.level, since))
