"""What a face does over minutes: calm, talk, smiles, blinks, and episodes of pain that come, stay and go.

Time courses follow the literature on facial expression: onset, apex, offset; a blink takes a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np

from training.synth.sampling import units_for
from training.synth.units import STRENGTH, ActionUnits, Movement

BLINK_S = 0.26
EPISODE_S = (26.0, 38.0)
MINUTES_PER_EPISODE = 2.0
FACE = tuple(field.name for field in fields(Movement))


@dataclass(frozen=True)
class Event:
    """A movement that grows during onset_s, holds for apex_s and fades during offset_s (seconds, each above 0).

    `flutter` makes the apex swell and ebb: 0 (still) .. 1; `words` opens and closes the jaw as speech does.
    """

    start_s: float
    onset_s: float
    apex_s: float
    offset_s: float
    movement: Movement
    flutter: float = 0.0
    words: bool = False

    @property
    def end_s(self) -> float:
        """When it is over."""
        return self.start_s + self.onset_s + self.apex_s + self.offset_s

    def amount_at(self, t: float) -> float:
        """How much of the movement is seen at t, 0..1."""
        if not self.start_s < t < self.end_s:
            return 0.0
        rising = _ease((t - self.start_s) / self.onset_s)
        falling = _ease((self.end_s - t) / self.offset_s)
        swell = 1 - self.flutter * 0.5 * (1 - np.cos(2 * np.pi * (t - self.start_s) / 7.3))
        words = 0.5 * (1 - np.cos(2 * np.pi * 2.3 * t)) * (0.6 + 0.4 * np.sin(1.7 * t)) if self.words else 1.0
        return float(min(rising, falling) * swell * words)


@dataclass(frozen=True)
class Script:
    """Events of a video, in seconds from its start; episodes are the painful ones among them, as (start_s, end_s)."""

    events: tuple[Event, ...]
    blinks: tuple[float, ...]
    episodes: tuple[tuple[float, float], ...]

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

    def _without_blinks(self, t: float) -> Movement:
        amounts = dict.fromkeys(FACE, 0.0)
        for event in self.events:
            part = event.amount_at(t)
            if part > 0:
                for name in FACE:
                    value = part * getattr(event.movement, name)
                    amounts[name] = max(amounts[name], value, key=abs)
        return Movement(**amounts)


def write_script(seed: int, seconds: float) -> Script:
    """A script with at least two episodes of strong pain, 26 to 38 s each where there is room, between calm stretches.

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
        length = min(float(rng.uniform(*EPISODE_S)), 0.45 * slot)
        start = number * slot + 0.8 * (slot - length)
        events += _calm(calm_from, start - 1.0, rng)
        events.append(_pain(start, length, rng))
        episodes.append((start, start + length))
        calm_from = start + length + 2.0
    events += _calm(calm_from, seconds, rng)
    return Script(tuple(events), _blinks(seconds, rng), tuple(episodes))


def nearest_intensity(amount: float) -> int:
    """The intensity 0..5 whose drawn amount is nearest to amount, 0..1."""
    return int(np.argmin([abs(amount - strength) for strength in STRENGTH]))


def _pain(start: float, length: float, rng: np.random.Generator) -> Event:
    """PSPI 8 or more at the apex, never below 4 while it flutters."""
    brow, lids, nose, lip = (int(rng.integers(low, 6)) for low in (3, 3, 2, 3))
    units = ActionUnits(au4=brow, au6=lids, au7=int(rng.integers(2, 5)), au9=nose, au10=lip, au43=int(rng.integers(2)),
                        jaw=rng.uniform(0, 0.35), stretch=rng.uniform(0, 0.6))  # fmt: skip
    onset, offset = rng.uniform(1.0, 2.0), rng.uniform(2.0, 3.5)
    return Event(start, onset, max(0.5, length - onset - offset), offset, Movement.of(units), flutter=0.22)


def _calm(start: float, end: float, rng: np.random.Generator) -> list[Event]:
    """Talk, smiles, yawns and small unrest, with pauses between them."""
    makers: list[Callable[[float, np.random.Generator], Event]] = [_talk, _smile, _yawn, _unrest]
    events = []
    t = start + rng.uniform(2.0, 8.0)
    while t < end:
        event = makers[int(rng.choice(4, p=(0.4, 0.3, 0.12, 0.18)))](t, rng)
        if event.end_s < end:
            events.append(event)
        t = event.end_s + rng.uniform(4.0, 14.0)
    return events


def _talk(t: float, rng: np.random.Generator) -> Event:
    movement = Movement(jaw=rng.uniform(0.25, 0.5), stretch=rng.uniform(-0.3, 0.4))
    return Event(t, 0.3, rng.uniform(2.0, 6.0), 0.3, movement, words=True)


def _smile(t: float, rng: np.random.Generator) -> Event:
    return Event(t, 0.7, rng.uniform(1.5, 4.0), 1.2, Movement(au12=rng.uniform(0.4, 0.9)))


def _yawn(t: float, rng: np.random.Generator) -> Event:
    return Event(t, 1.2, rng.uniform(1.0, 2.0), 1.0, Movement(jaw=rng.uniform(0.8, 1.0), blink=0.0))


def _unrest(t: float, rng: np.random.Generator) -> Event:
    """A trace of pain: level 1, a few seconds."""
    return Event(t, 1.0, rng.uniform(3.0, 6.0), 1.5, Movement.of(units_for(1, rng)))


def _blinks(seconds: float, rng: np.random.Generator) -> tuple[float, ...]:
    gaps = rng.gamma(4.0, 1.0, int(seconds) + 10) + 0.6
    return tuple(float(start) for start in np.cumsum(gaps) if start < seconds)


def _blink(since: float) -> float:
    return float(np.clip(1.4 * np.sin(np.pi * since / BLINK_S), 0, 1))


def _ease(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return part * part * (3 - 2 * part)
