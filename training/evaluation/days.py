"""Whole days through the ward's policy: how many false calls a resident's day has, and at what sensitivity.

Days are strung together from clips (clips.py) by the plan of training/synth/day.py. Where something moves, a keyframe
comes every 5 s; in stillness one every 30 s, which is all that reduction leaves. Each resident's clips come again and
again, so that a network that misreads somebody misreads that person all day, as it would.

Thresholds are moved as shifts.py has it. Of the shifts that meet the wanted sensitivity, the one with the fewest false
calls is chosen, on equal terms the one nearest to 0. Beside it the network as it is goes through rules that ask for
more before they call, as a plan of the ward may. What a painful episode is, the usual rules say throughout.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from services.alerts.policy.thresholds import Thresholds
from training.evaluation import alarms
from training.evaluation.alarms import SECONDS_PER_HOUR, Tally
from training.evaluation.clips import CLIPS
from training.evaluation.errors import CropsError
from training.evaluation.predictions import Indices, Predictions, Reals, Scores
from training.evaluation.shifts import SHIFTS, shifted
from training.evaluation.split import Stills
from training.synth.day import CLIP_S, DAY_S, STILL, Stretch, stretches

SILENCE_S = 30.0
"""Of services.keyframe.selector: the longest time without a keyframe."""
ASKED: tuple[tuple[int, int], ...] = ((2, 2), (2, 3), (2, 4), (2, 6), (3, 2))
"""Of rules: from which level on, and how many pieces of it (two of level 3 are always enough)."""
RESOLUTION_S = 1e-6
"""Of the policy's moments."""
HOURS_PER_DAY = DAY_S / SECONDS_PER_HOUR


@dataclass(frozen=True)
class Plan:
    """days of each resident; sensitivity wanted, 0..1: the part of painful episodes that are called for.

    Raises:
        CropsError: out of range.
    """

    days: int
    sensitivity: float = 0.9
    seed: int = 1

    def __post_init__(self) -> None:
        if self.days < 1 or not 0 < self.sensitivity <= 1:
            raise CropsError(f"{self.days} days at sensitivity {self.sensitivity}: at least one day, above 0 up to 1")


@dataclass(frozen=True)
class Day:
    """rows: of the clips' keyframes, in their order. times_s: of each, since midnight. plan: what fills the hours."""

    resident: str
    rows: Indices
    times_s: Reals
    plan: list[Stretch]

    def activity_at(self, t: float) -> str:
        """What the resident does at t seconds."""
        return next((one.activity for one in self.plan if one.start_s <= t < one.end_s), self.plan[-1].activity)


def measure_days(
    stills: Stills,
    answers: Scores,
    groups: Mapping[str, Mapping[str, str]],
    plan: Plan,
    rules: Thresholds,
    report: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """What report.json holds of days. groups: kind -> resident -> group. report: (shifts done)."""
    found = Predictions.of(stills, answers)
    days = [day_of(stills, name, number, plan) for name in np.unique(stills.subjects) for number in range(plan.days)]
    curve, usual = [], list[tuple[Day, Tally]]()
    for done, shift in enumerate(SHIFTS, 1):
        said = shifted(found, shift)
        tallies = [(day, _counted(day, found.levels, said, rules)) for day in days]
        curve.append({"shift": shift} | _summed([tally for _, tally in tallies]))
        usual = tallies if shift == 0 else usual
        report(done)
    worst = max(usual, key=lambda pair: pair[1].false_alerts)[0]
    return {
        "residents": len(np.unique(stills.subjects)),
        "days_each": plan.days,
        "sensitivity_wanted": plan.sensitivity,
        "curve": curve,
        "chosen": chosen(curve, plan.sensitivity),
        "rules": [asked_for(found, days, rules, *asked) for asked in ASKED],
        "false_by_activity": dict(_blamed([day for day, _ in usual], found, rules)),
        "groups": _by_group(usual, groups),
        "shown": _shown(worst, found, rules),
    }


def asked_for(found: Predictions, days: list[Day], rules: Thresholds, level: int, pieces: int) -> dict[str, Any]:
    """What rules come to that call from a level on, and for so many pieces of it."""
    heard = replace(rules, raise_level=level, raise_pieces=pieces)
    tallies = [
        alarms.count(found.levels[day.rows], found.estimated[day.rows], day.times_s, rules, heard=heard) for day in days
    ]
    return {"raise_level": level, "raise_pieces": pieces} | _summed(tallies)


def chosen(curve: list[dict[str, Any]], sensitivity: float) -> float | None:
    """The shift; None where none meets the sensitivity."""
    able = [row for row in curve if row["sensitivity"] is not None and row["sensitivity"] >= sensitivity]
    best = min(able, key=lambda row: (row["false_alerts"], abs(row["shift"])), default=None)
    return None if best is None else float(best["shift"])


def day_of(stills: Stills, resident: str, number: int, plan: Plan) -> Day:
    """The number-th day of a resident of the clips."""
    own = np.flatnonzero(stills.subjects == resident)
    clips = {name: own[stills.sequences[own] == name] for name in np.unique(stills.sequences[own])}
    rng = np.random.default_rng([plan.seed, number, *resident.encode()])
    arranged, rows, times = stretches(rng), list[int](), list[float]()
    for one in arranged:
        t = one.start_s
        while t < one.end_s:
            clip = clips.get(f"{one.activity} {int(rng.integers(CLIPS[one.activity]))}", own[:0])
            if one.activity in STILL:
                clip, offsets, step = rng.permutation(clip)[:1], np.zeros(1), SILENCE_S
            else:
                offsets, step = stills.times_s[clip], CLIP_S
            for row, offset in zip(clip.tolist(), offsets.tolist(), strict=False):
                if t + offset < one.end_s:
                    rows.append(row)
                    times.append(t + offset)
            t += step
    return Day(resident, np.array(rows, np.int64), np.array(times, np.float64), arranged)


def _counted(day: Day, levels: Indices, said: Indices, rules: Thresholds) -> Tally:
    return alarms.count(levels[day.rows], said[day.rows], day.times_s, rules)


def _summed(tallies: list[Tally]) -> dict[str, Any]:
    total = alarms.added(tallies)
    around = alarms.rate(total.false_alerts, total.hours)
    per_day = None
    if around is not None:
        per_day = {"value": around["per_hour"], "low": around["low"], "high": around["high"]}
    return {
        "resident_days": total.hours / HOURS_PER_DAY,
        "false_alerts": total.false_alerts,
        "false_per_day": per_day and {name: HOURS_PER_DAY * value for name, value in per_day.items()},
        "true_alerts": total.true_alerts,
        "episodes": total.episodes,
        "episodes_met": total.met,
        "sensitivity": total.met / total.episodes if total.episodes else None,
        "onset_to_alert_s": float(np.median(total.delays_s)) if total.delays_s else None,
    }


def _by_group(usual: list[tuple[Day, Tally]], groups: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    rows = []
    for kind, of in groups.items():
        for group in sorted(set(of.values())):
            own = [(day, tally) for day, tally in usual if of.get(day.resident) == group]
            if own:
                residents = len({day.resident for day, _ in own})
                told = {"kind": kind, "group": group, "residents": residents}
                rows.append(told | _summed([tally for _, tally in own]))
    return rows


def _blamed(days: list[Day], found: Predictions, rules: Thresholds) -> Counter[str]:
    """What residents did when false calls were raised, of the network as it is."""
    blamed: Counter[str] = Counter()
    for day in days:
        painful = day.times_s[found.levels[day.rows] >= rules.raise_level]
        for alert in alarms.replay(found.estimated[day.rows], day.times_s, rules):
            if not alarms.is_true(alert, painful):
                blamed[day.activity_at(alert.onset_s + RESOLUTION_S)] += 1
    return blamed


def _shown(day: Day, found: Predictions, rules: Thresholds) -> dict[str, Any]:
    """One day for a picture of it: the one with the most false calls."""
    painful = day.times_s[found.levels[day.rows] >= rules.raise_level]
    raised = alarms.replay(found.estimated[day.rows], day.times_s, rules)
    return {
        "resident": day.resident,
        "plan": [[one.activity, one.start_s, one.end_s] for one in day.plan],
        "episodes": [[one.onset_s, one.ended_s] for one in alarms.replay(found.levels[day.rows], day.times_s, rules)],
        "alerts": [[one.raised_s, one.ended_s, alarms.is_true(one, painful)] for one in raised],
    }
