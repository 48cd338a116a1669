"""Glasses: full, thick, half or no rims, tinted a little, with the room's reflection on the lenses."""

from __future__ import annotations

import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Plate
from training.synth.units import Movement

STYLES = ("thin", "full", "thick", "half", "rimless")
FRAMES = ((0.015, 0.015, 0.02), (0.05, 0.025, 0.012), (0.25, 0.18, 0.08), (0.3, 0.3, 0.32), (0.12, 0.01, 0.015))
"""Linear RGB: black, tortoise, gold, steel, wine."""
RIMS = {"thin": 0.01, "full": 0.018, "thick": 0.034, "half": 0.018, "rimless": 0.007}
"""Half the rim's width, units."""


def draw_glasses(plate: Plate, who: Identity, move: Movement) -> None:
    """The same pair for the same person; raised cheeks (AU6) lift it a little."""
    rng = np.random.default_rng([who.seed, 4])
    style = str(rng.choice(STYLES, p=(0.24, 0.26, 0.16, 0.16, 0.18)))
    colour = np.array(FRAMES[rng.integers(len(FRAMES))]) * rng.uniform(0.7, 1.2)
    width, height, power = rng.uniform(0.35, 0.44), rng.uniform(0.22, 0.34), rng.uniform(2.0, 4.5)
    down = rng.uniform(0.02, 0.1) - 0.02 * move.au6
    tint, glare = rng.uniform(0.01, 0.04), rng.uniform(0.02, 0.13) * (rng.uniform() < 0.6)
    slant = rng.uniform(-0.5, 0.5)
    tint, glare = (amount * (0.35 + 0.65 * min(1.0, 1.5 * max(who.skin))) for amount in (tint, glare))
    angle = np.linspace(0, 2 * np.pi, 40)
    rim = np.stack([np.cos(angle), np.sin(angle)], 1)
    rim = np.sign(rim) * np.abs(rim) ** (2 / power) * (width, height)
    thick, clear = RIMS[style], style == "rimless"
    for side in SIDES:
        lens = (rim + np.array([side * 0.5, down])).astype(np.float32)
        plate.fill(lens, (0.75, 0.8, 0.85), soft=0.01, strength=tint)
        if glare > 0:
            _reflect(plate, (side * 0.5, down), (width, height), glare, slant)
        edge = (lens[20:] if style == "half" else lens) - np.array([side * 0.5, down], np.float32)
        band = np.concatenate([edge * (1 + thick / height), edge[::-1] * (1 - thick / height)])
        centre = np.array([side * 0.5, down], np.float32)
        plate.fill((band + centre).astype(np.float32), colour, soft=0.006, strength=0.35 if clear else 0.95)
        arm = [(side * (0.5 + width), down - 0.06), (side * 1.14 * who.face_width, down - 0.1)]
        plate.line(arm, max(0.011, thick), colour, 0.9)
    bridge = [(-0.5 + width, down - 0.04), (0.0, down - 0.09), (0.5 - width, down - 0.04)]
    plate.line(bridge, max(0.011, thick), colour, 0.95)


def _reflect(
    plate: Plate, centre: tuple[float, float], size: tuple[float, float], strength: float, slant: float
) -> None:
    """A window's light: a slanted bright band over part of a lens."""
    x, (half, tall) = centre[0] + 0.3 * size[0] * np.sign(slant), (0.3 * size[0], 0.75 * size[1])
    band = [(x - half, centre[1] - tall), (x + half, centre[1] - tall), (x + half - slant * tall, centre[1] + tall),
            (x - half - slant * tall, centre[1] + tall)]  # fmt: skip
    plate.fill([(float(u), float(v)) for u, v in band], (0.95, 0.97, 1.0), soft=0.025, strength=strength)
