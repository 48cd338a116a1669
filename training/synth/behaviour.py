"""What people in a bed do, each as events: hurt, talk, smile, yawn, eat, sleep, turn away, touch their faces."""

from __future__ import annotations

import numpy as np

from training.synth.event import Event
from training.synth.sampling import units_for
from training.synth.units import ActionUnits, Movement


def pain(start: float, length: float, rng: np.random.Generator) -> Event:
    """PSPI 8 or more at the apex, never below 4 while it flutters."""
    brow, lids, nose, lip = (int(rng.integers(low, 6)) for low in (3, 3, 2, 3))
    units = ActionUnits(au4=brow, au6=lids, au7=int(rng.integers(2, 5)), au9=nose, au10=lip, au43=int(rng.integers(2)),
                        jaw=rng.uniform(0, 0.35), stretch=rng.uniform(0, 0.6))  # fmt: skip
    onset, offset = rng.uniform(1.0, 2.0), rng.uniform(2.0, 3.5)
    short = min(1.0, 0.7 * length / (onset + offset))
    onset, offset = onset * short, offset * short
    return Event(start, onset, max(0.5, length - onset - offset), offset, Movement.of(units), flutter=0.22)


def talk(t: float, rng: np.random.Generator) -> Event:
    movement = Movement(jaw=rng.uniform(0.25, 0.5), stretch=rng.uniform(-0.3, 0.4))
    return Event(t, 0.3, rng.uniform(2.0, 6.0), 0.3, movement, words=True)


def smile(t: float, rng: np.random.Generator) -> Event:
    return Event(t, 0.7, rng.uniform(1.5, 4.0), 1.2, Movement(au12=rng.uniform(0.4, 0.9)))


def yawn(t: float, rng: np.random.Generator) -> Event:
    return Event(t, 1.2, rng.uniform(1.0, 2.0), 1.0, Movement(jaw=rng.uniform(0.8, 1.0), blink=0.0))


def unrest(t: float, rng: np.random.Generator) -> Event:
    """A trace of pain: level 1, a few seconds."""
    return Event(t, 1.0, rng.uniform(3.0, 6.0), 1.5, Movement.of(units_for(1, rng)))


def meal(t: float, rng: np.random.Generator) -> list[Event]:
    """Some spoonfuls: the mouth opens to each, closes on it, and chews."""
    events = []
    side = float(rng.choice((-1.0, 1.0)))
    for _ in range(int(rng.integers(3, 6))):
        bite = Event(t, 0.9, rng.uniform(0.5, 0.9), 0.9, Movement(jaw=rng.uniform(0.35, 0.6)), hand="spoon", side=side)
        chewed = Movement(jaw=rng.uniform(0.15, 0.3), stretch=rng.uniform(-0.5, -0.1))
        events += [bite, Event(bite.end_s - 0.6, 0.4, rng.uniform(3.0, 6.0), 0.5, chewed, chews=True)]
        t = events[-1].end_s + rng.uniform(0.5, 2.0)
    return events


def sleep(t: float, seconds: float, rng: np.random.Generator) -> Event:
    """Eyes closed and nothing else. AU43 is a term of the PSPI, so a sleeping face scores 1, which is level 1: the
    definition does not know sleep from pain, and whoever decides about alerts must."""
    return Event(t, 2.0, max(0.5, seconds - 3.2), 1.2, Movement(au43=1.0, jaw=float(rng.choice((0.0, 0.1)))))


def turn_away(t: float, rng: np.random.Generator) -> Event:
    """The head turns so far to a side that the face may not be found, for some seconds."""
    turn = float(rng.choice((-1.0, 1.0))) * rng.uniform(0.7, 0.95)
    return Event(t, 1.2, rng.uniform(3.0, 9.0), 1.2, Movement(), turn=turn)


def touch(t: float, rng: np.random.Generator) -> Event:
    """A hand at cheek, mouth or eye."""
    hand, side = str(rng.choice(("cheek", "mouth", "eye"))), float(rng.choice((-1.0, 1.0)))
    return Event(t, 0.8, rng.uniform(1.0, 5.0), 0.8, Movement(), hand=hand, side=side)
