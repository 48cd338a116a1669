"""What a face does over minutes: calm, talk, smiles, blinks, and episodes of pain that come, stay and go.

Time courses follow the literature on facial expression: onset, apex, offset; a blink takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace

import numpy as np

from training.synth.behaviour import pain, smile, talk, unrest, yawn
from training.synth.event import Event
from training.synth.front import Front
from training.synth.units import STRENGTH, ActionUnits, Movement

BLINK_S = 0.26
EPISODE_S = (26.0, 38.0)
SHORT_EPISODE_S = (5.0, 15.0)
"""A spontaneous expression of pain, from onset to the end of its offset; EPISODE_S is long enough to be alerted."""
MINUTES_PER_EPISODE = 2.0
FACE = tuple(part.name for part in fields(Movement))


@dataclass(frozen=True)
class Script:
    """Events of a video, in seconds from its start; episodes are the painful ones among them, as (start_s, end_s);
    front is what is before the face all the time."""

    events: tuple[Event, ...]
    blinks: tuple[float, ...]
    episodes: tuple[tuple[float, float], ...]
    front: Front = field(default_factory=Front)

    def movement_at(self, t: float) -> Movement:
        """What is seen at t, blinks included."""
        calm = self._without_blinks(t)
        closing = max((_blink(t - start) for start in self.blinks if start <= t <= start + BLINK_S), default=0.0)
        return Movement(**{**vars(calm), "blink": closing})

    def truth_at(self, t: float) -> ActionUnits:
        """The action units at t, intensities rounded to those nearest to what is drawn. A blink is not AU43."""
        seen = self._without_blinks(t)
        nearest = {name: nearest_intensity(getattr(seen, name)) for name in ("au4", "au6", "au7", "au9", "au10")}
        return ActionUnits(**nearest, au43=int(seen.au43 >= 0.5))

    def turn_at(self, t: float) -> float:
        """How far the head is turned away at t, radians, besides its sway."""
        return sum(event.turn * event.course_at(t) for event in self.events if event.turn)

    def front_at(self, t: float) -> Front:
        """What is before the face at t: a hand, if one has come, and what always is."""
        for event in self.events:
            if event.hand and (reach := event.course_at(t)) > 0:
                return replace(self.front, hand=event.hand, side=event.side, reach=reach)
        return self.front

    def _without_blinks(self, t: float) -> Movement:
        amounts = dict.fromkeys(FACE, 0.0)
        for event in self.events:
            part = event.amount_at(t)
            if part > 0:
                for name in FACE:
                    value = part * getattr(event.movement, name)
                    amounts[name] = max(amounts[name], value, key=abs)
        return Movement(**amounts)


def write_script(seed: int, seconds: float, episode_s: tuple[float, float] = EPISODE_S) -> Script:
    """A script with at least two episodes of strong pain between calm stretches.

    Args:
        episode_s: from and to how long each is where there is room: EPISODE_S or SHORT_EPISODE_S.

    Raises ValueError when seconds is below 20, too short for two episodes.
    """
    if seconds < 20:
        raise ValueError(f"a script needs at least 20 s, got {seconds}")
    rng = np.random.default_rng([seed, 10])
    count = max(2, int(seconds / 60 / MINUTES_PER_EPISODE))
    slot = seconds / count
    events: list[Event] = []
    episodes = []
    calm_from = 0.0
    for number in range(count):
        length = min(float(rng.uniform(*episode_s)), 0.45 * slot)
        start = number * slot + 0.8 * (slot - length)
        events += _calm(calm_from, start - 1.0, rng)
        events.append(pain(start, length, rng))
        episodes.append((start, start + length))
        calm_from = start + length + 2.0
    events += _calm(calm_from, seconds, rng)
    return Script(tuple(events), blinks_of(seconds, rng), tuple(episodes))


def nearest_intensity(amount: float) -> int:
    """The intensity 0..5 whose drawn amount is nearest to amount, 0..1."""
    return int(np.argmin([abs(amount - strength) for strength in STRENGTH]))


def _calm(start: float, end: float, rng: np.random.Generator) -> list[Event]:
    """Talk, smiles, yawns and small unrest, with pauses between them."""
    makers: list[Callable[[float, np.random.Generator], Event]] = [talk, smile, yawn, unrest]
    events = []
    t = start + rng.uniform(2.0, 8.0)
    while t < end:
        event = makers[int(rng.choice(4, p=(0.4, 0.3, 0.12, 0.18)))](t, rng)
        if event.end_s < end:
            events.append(event)
        t = event.end_s + rng.uniform(4.0, 14.0)
    return events


def blinks_of(seconds: float, rng: np.random.Generator) -> tuple[float, ...]:
    """When blinks begin, seconds."""
    gaps = rng.gamma(4.0, 1.0, int(seconds) + 10) + 0.6
    return tuple(float(start) for start in np.cumsum(gaps) if start < seconds)


def _blink(since: float) -> float:
    return float(np.clip(1.4 * np.sin(np.pi * since / BLINK_S), 0, 1))
