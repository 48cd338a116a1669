"""A day or a night in bed in a few minutes: what a camera sees there besides pain, and short pain among it."""

from __future__ import annotations

import numpy as np

from training.synth.behaviour import meal, pain, sleep, smile, talk, touch, turn_away, unrest, yawn
from training.synth.event import Event
from training.synth.front import Front
from training.synth.script import SHORT_EPISODE_S, Script, blinks_of

ACTIVITIES = {"pain": 0.2, "talk": 0.14, "smile": 0.1, "yawn": 0.05, "unrest": 0.06, "meal": 0.1, "sleep": 0.12,
              "turn": 0.11, "touch": 0.12}  # fmt: skip
SLEEP_S = (20.0, 60.0)
WORN = {"": 0.55, "cannula": 0.2, "oxygen": 0.08, "blanket": 0.1, "pillow": 0.07}
"""What is before the face all the time, and how often."""


def write_routine(seed: int, seconds: float) -> Script:
    """One activity after the other, pain of 5 to 15 s among them; sleep is AU43, so PSPI 1 (see behaviour.sleep).

    Raises ValueError when seconds is below 20.
    """
    if seconds < 20:
        raise ValueError(f"a routine needs at least 20 s, got {seconds}")
    rng = np.random.default_rng([seed, 22])
    events: list[Event] = []
    episodes = []
    t = rng.uniform(1.0, 4.0)
    while t < seconds:
        kind = str(rng.choice(list(ACTIVITIES), p=list(ACTIVITIES.values())))
        made = _events(kind, t, rng)
        end = max(event.end_s for event in made)
        if end < seconds:
            events += made
            if kind == "pain":
                episodes.append((t, end))
        t = end + rng.uniform(1.5, 6.0)
    worn = str(rng.choice(list(WORN), p=list(WORN.values())))
    front = Front.of(worn, rng) if worn else Front()
    return Script(tuple(events), blinks_of(seconds, rng), tuple(episodes), front)


def _events(kind: str, t: float, rng: np.random.Generator) -> list[Event]:
    if kind == "pain":
        return [pain(t, rng.uniform(*SHORT_EPISODE_S), rng)]
    if kind == "meal":
        return meal(t, rng)
    if kind == "sleep":
        return [sleep(t, rng.uniform(*SLEEP_S), rng)]
    makers = {"talk": talk, "smile": smile, "yawn": yawn, "unrest": unrest, "turn": turn_away, "touch": touch}
    return [makers[kind](t, rng)]
