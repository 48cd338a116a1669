"""A resident's day as stretches of what people in a care home do, and each of these as a short script to draw.

A day has too many keyframes to draw. So clips of each activity are drawn once a person, and a day strings them
together: `clip_of` says what happens in one, `stretches` which activity fills which hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training.synth.behaviour import meal, pain, sleep, smile, talk, touch, turn_away, unrest, yawn
from training.synth.event import Event
from training.synth.script import EPISODE_S, Script, blinks_of

CLIP_S = 40.0
ACTIVITIES = ("calm", "sleep", "talk", "meal", "care", "unrest", "pain")
STILL = ("calm", "sleep")
"""In which nothing moves, so that a room looks no oftener than it must."""
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
NIGHT_S = 9 * HOUR_S
FILLERS = {"calm": (0.5, (600.0, 2400.0)), "talk": (0.22, (120.0, 1200.0)), "care": (0.08, (300.0, 1200.0)),
           "unrest": (0.12, (40.0, 160.0)), "sleep": (0.08, (1200.0, 5400.0))}  # fmt: skip
"""Of the hours awake between meals: how often each comes next, and how long it lasts."""
MEALS_S = (8 * HOUR_S, 12.5 * HOUR_S, 18 * HOUR_S)
MEAL_S = (1200.0, 2400.0)
WAKINGS = 3.0
"""Of a night, on average; each a few minutes of calm."""
PAINS = 4.0
"""Painful episodes of a day, on average."""


@dataclass(frozen=True)
class Stretch:
    """An activity from start_s to end_s of a day that begins at midnight."""

    activity: str
    start_s: float
    end_s: float


def clip_of(activity: str, seed: int, number: int) -> Script:
    """The number-th clip of CLIP_S seconds. An activity is one of ACTIVITIES; pain is one episode."""
    rng = np.random.default_rng([seed, 31, ACTIVITIES.index(activity), number])
    made = tuple(event for event in _events(activity, rng) if event.start_s < CLIP_S)
    episodes = tuple((event.start_s, event.end_s) for event in made) if activity == "pain" else ()
    return Script(made, blinks_of(CLIP_S, rng) if activity != "sleep" else (), episodes)


def stretches(rng: np.random.Generator) -> list[Stretch]:
    """A day's, one after the other without a gap, from 0 to DAY_S."""
    found = list(_filled(rng))
    for at in np.sort(rng.uniform(NIGHT_S - HOUR_S, DAY_S - HOUR_S, rng.poisson(PAINS))).tolist():
        found = _put(found, Stretch("pain", at, at + CLIP_S))
    return found


def _filled(rng: np.random.Generator) -> Iterator[Stretch]:
    """The day but for its pain: a night's end, meals with what lies between, the next night."""
    morning, evening = NIGHT_S - 2 * HOUR_S, DAY_S - 2 * HOUR_S
    yield from _night(0.0, morning, rng)
    t = morning
    for planned in (*MEALS_S, evening):
        yield from _awake(t, planned, rng)
        t = planned
        if planned < evening:
            t += rng.uniform(*MEAL_S)
            yield Stretch("meal", planned, t)
    yield from _night(evening, DAY_S, rng)


def _night(start: float, end: float, rng: np.random.Generator) -> Iterator[Stretch]:
    wakings = np.sort(rng.uniform(start, end, rng.poisson(WAKINGS * (end - start) / NIGHT_S))).tolist()
    t = start
    for waking in wakings:
        if t < waking < end - HOUR_S / 4:
            length = rng.uniform(60.0, 600.0)
            yield Stretch("sleep", t, waking)
            yield Stretch("calm", waking, waking + length)
            t = waking + length
    yield Stretch("sleep", t, end)


def _awake(start: float, end: float, rng: np.random.Generator) -> Iterator[Stretch]:
    odds = [often for often, _ in FILLERS.values()]
    t = start
    while t < end:
        kind = str(rng.choice(list(FILLERS), p=odds))
        until = min(end, t + rng.uniform(*FILLERS[kind][1]))
        yield Stretch(kind, t, until)
        t = until


def _put(days: list[Stretch], one: Stretch) -> list[Stretch]:
    """One stretch in the place of what lies there."""
    kept = []
    for old in days:
        before = Stretch(old.activity, old.start_s, min(old.end_s, one.start_s))
        after = Stretch(old.activity, max(old.start_s, one.end_s), old.end_s)
        kept += [part for part in (before, after) if part.end_s > part.start_s]
    return sorted([*kept, one], key=lambda part: part.start_s)


def _events(activity: str, rng: np.random.Generator) -> list[Event]:
    """Enough of them for a clip, some past its end."""
    if activity == "calm":
        return []
    if activity == "sleep":
        return [sleep(-5.0, CLIP_S + 15.0, rng)]
    if activity == "meal":
        return meal(rng.uniform(0.0, 3.0), rng) + meal(rng.uniform(28.0, 32.0), rng)
    if activity == "pain":
        return [pain(rng.uniform(1.0, 3.0), rng.uniform(*EPISODE_S), rng)]
    makers = {"talk": (talk, talk, smile, yawn), "care": (touch, turn_away, talk), "unrest": (unrest,)}[activity]
    events: list[Event] = []
    t = rng.uniform(0.0, 3.0)
    while t < CLIP_S:
        events.append(makers[int(rng.integers(len(makers)))](t, rng))
        t = events[-1].end_s + rng.uniform(1.0, 6.0)
    return events
