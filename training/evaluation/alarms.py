"""What the ward would have heard: levels replayed through the alert policy that the ward runs, with its own rules.

A keyframe's level reaches the policy delay_s after its capture; timers fire when they are due. An alert is true where
the true level was at the policy's raise level or above at a keyframe between a slack before the alert's onset and its
raising, else false. An episode is a stretch of a sequence in which the same policy, fed with the true levels, has an
alert open; it is met where an alert from estimated levels stood during it, or was raised within the slack after it.

Nobody answers, but somebody has come by the time that a severe alert's face is calm again, which ends it as calm ends
the others. An alert that never clears hides those after it: the hours in which alerts were open are told beside the
counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from scipy.stats import chi2

from services.alerts.actor import typed_name
from services.alerts.policy.alert import ENDS, Alert, Outcome
from services.alerts.policy.alert_policy import AlertPolicy, PolicyStep
from services.alerts.policy.episode import AlarmState
from services.alerts.policy.evidence import Evidence
from services.alerts.policy.life_cycle import Arrive, Resolve
from services.alerts.policy.thresholds import Thresholds
from training.evaluation.predictions import Indices, Reals

SOMEBODY = typed_name("somebody")
START = datetime(2000, 1, 1, tzinfo=UTC)
DELAY_S = 1.0
SLACK_S = 5.0
"""One keyframe period: pain may have begun just after the keyframe before."""
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True)
class RaisedAlert:
    """An alert, in seconds of its sequence: its first evidence, when it was raised, and its end (or the sequence's)."""

    onset_s: float
    raised_s: float
    ended_s: float
    level: int


@dataclass
class Tally:
    """Sums over sequences.

    hours: watched; calm_hours: those with a true level below the raise level; open_hours: with an alert open.
    episodes: of true levels; met: those that an alert stood in; delays_s: of these, from onset to alert.
    """

    hours: float = 0.0
    calm_hours: float = 0.0
    open_hours: float = 0.0
    true_alerts: int = 0
    false_alerts: int = 0
    episodes: int = 0
    met: int = 0
    delays_s: list[float] = field(default_factory=list)


def replay(levels: Indices, times_s: Reals, rules: Thresholds, delay_s: float = DELAY_S) -> list[RaisedAlert]:
    """The alerts of one camera that saw `levels` [n] at times_s [n], rising; the last closes hold_s after the end."""
    policy, state = AlertPolicy(rules), AlarmState("camera")
    raised: dict[str, Alert] = {}
    ends: dict[str, datetime] = {}
    end = START + timedelta(seconds=float(times_s[-1]) + rules.hold_s + delay_s)

    def take(step: PolicyStep) -> AlarmState:
        for one in step.transitions:
            if one.change in ENDS:
                ends[one.alert.id] = one.at
            raised[one.alert.id] = one.alert
        return step.state

    def attended(now: datetime) -> AlarmState:
        alert = state.alert
        if alert is None or not policy.is_calm(state, now):
            return state
        there = take(policy.act(state, alert.id, Arrive(SOMEBODY), now))
        return take(policy.act(there, alert.id, Resolve(SOMEBODY, Outcome.PAIN), now))

    for sequence, (level, t) in enumerate(zip(levels.tolist(), times_s.tolist(), strict=True), 1):
        captured = START + timedelta(seconds=t)
        now = captured + timedelta(seconds=delay_s)
        state = take(policy.advance(state, now))
        state = take(policy.observe(state, Evidence(level, captured, now, "camera", sequence), now))
        state = attended(now)
    take(policy.advance(state, end))
    return [
        RaisedAlert(_since(one.onset_at), _since(one.raised_at), _since(ends.get(one.id, end)), one.level)
        for one in raised.values()
    ]


def count(
    true: Indices,
    estimated: Indices,
    times_s: Reals,
    rules: Thresholds,
    slack_s: float = SLACK_S,
    heard: Thresholds | None = None,
) -> Tally:
    """One sequence: its keyframes' true and estimated levels [n] at times_s [n].

    rules: what episodes and true calls are. heard: the rules that estimated levels go through, where they are others.
    """
    span = float(times_s[-1] - times_s[0]) + (float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0)
    episodes, alerts = replay(true, times_s, rules), replay(estimated, times_s, heard or rules)
    painful = times_s[true >= rules.raise_level]
    tally = Tally(hours=span / SECONDS_PER_HOUR, episodes=len(episodes))
    tally.calm_hours = tally.hours * float((true < rules.raise_level).mean())
    for alert in alerts:
        hurt = is_true(alert, painful, slack_s)
        tally.true_alerts += int(hurt)
        tally.false_alerts += int(not hurt)
        tally.open_hours += (alert.ended_s - alert.raised_s) / SECONDS_PER_HOUR
    for episode in episodes:
        met = [a for a in alerts if a.raised_s <= episode.ended_s + slack_s and a.ended_s >= episode.onset_s]
        tally.met += bool(met)
        if met:
            tally.delays_s.append(max(0.0, min(a.raised_s for a in met) - episode.onset_s))
    return tally


def is_true(alert: RaisedAlert, painful: Reals, slack_s: float = SLACK_S) -> bool:
    """painful: moments of keyframes whose true level is at the policy's raise level or above, seconds."""
    return bool(((painful >= alert.onset_s - slack_s) & (painful <= alert.raised_s)).any())


def added(tallies: list[Tally]) -> Tally:
    """Their sum."""
    total = Tally()
    for one in tallies:
        for name, value in vars(one).items():
            setattr(total, name, getattr(total, name) + value)
    return total


def rate(events: int, hours: float, level: float = 0.95) -> dict[str, float] | None:
    """Events an hour with the exact interval of a Poisson count (F. Garwood, Biometrika 28, 1936); None of no time."""
    if hours <= 0:
        return None
    tail = (1 - level) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 if events else 0.0
    high = float(chi2.ppf(1 - tail, 2 * events + 2)) / 2
    return {"per_hour": events / hours, "low": low / hours, "high": high / hours}


def summary(tally: Tally) -> dict[str, Any]:
    """JSON values; the rate of false alerts is that of an hour without pain."""
    return {
        "hours": tally.hours,
        "calm_hours": tally.calm_hours,
        "open_hours": tally.open_hours,
        "true_alerts": tally.true_alerts,
        "false_alerts": tally.false_alerts,
        "false_alerts_per_calm_hour": rate(tally.false_alerts, tally.calm_hours),
        "episodes": tally.episodes,
        "episodes_met": tally.met,
        "onset_to_alert_s": float(np.median(tally.delays_s)) if tally.delays_s else None,
    }


def _since(moment: datetime) -> float:
    return (moment - START).total_seconds()
