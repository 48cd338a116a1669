"""Hair: behind the head when long, and in front of forehead and temples."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.identity import Identity
from training.synth.plate import HEIGHT_PX, WIDTH_PX, Floats, Plate, area, smooth
from training.synth.skull import outline


class Hair:
    """Strands within an outline, ready to be laid on any plate of the same person."""

    def __init__(self, who: Identity, rng: np.random.Generator, polygon: Floats, raise_by: float, soft: float) -> None:
        self._window, self._mask = area(polygon, soft)
        strands = cv2.resize(
            rng.normal(0, 1, (24, 190)).astype(np.float32), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC
        )[self._window]
        self._colour = np.array(who.hair, np.float32) * np.clip(1 + 0.28 * strands, 0.3, 2)[..., None]
        self._relief = self._mask * (raise_by + 0.006 * strands)

    def lay(self, plate: Plate) -> None:
        """On what is drawn so far, in place."""
        window, part = self._window, self._mask[..., None]
        plate.colour[window] = (1 - part) * plate.colour[window] + part * self._colour
        plate.cover[window] = np.maximum(plate.cover[window], self._mask)
        plate.relief[window] += self._relief
        plate.gloss[window] *= 1 - 0.6 * self._mask


def back_hair(who: Identity, rng: np.random.Generator) -> Hair:
    """Long hair, behind head and neck."""
    length = rng.uniform(1.2, 2.4)
    wide = 1.3 * who.face_width
    polygon = [(0.0, -1.95), (0.8, -1.75), (wide, -0.9), (wide + 0.1, 0.2), (wide, length), (0.6, length + 0.1)]
    return Hair(who, rng, smooth([*polygon, *[(-x, y) for x, y in polygon[::-1][:-1]]], 80, closed=True), 0.0, 0.03)


def front_hair(who: Identity) -> Hair | None:
    """Hair in front of the forehead and temples, if there is any."""
    if who.hair_style == "bald":
        return None
    rng = np.random.default_rng([who.seed, 3])
    line = -1.5 if who.hair_style == "receding" else who.hairline
    dip = rng.uniform(-0.1, 0.1)
    side = rng.uniform(-0.35, 0.35) if who.hair_style in ("parted", "long") else 0.0
    wide = who.face_width
    low = 0.6 if who.hair_style == "long" else 0.0
    fringe = [
        (-1.12 * wide, low), (-1.04 * wide, -0.45), (-0.86 * wide, line + 0.28), (-0.45, line + dip),
        (side, line - 0.08),
        (0.45, line - dip), (0.86 * wide, line + 0.28), (1.04 * wide, -0.45), (1.12 * wide, low),
    ]  # fmt: skip
    volume = {"receding": 0.05, "short": 0.1, "parted": 0.16, "long": 0.2}[who.hair_style]
    crown = outline(who, volume)
    crown = crown[crown[:, 1] < low]
    crown = crown[np.argsort(np.arctan2(crown[:, 0], -crown[:, 1]))][::-1]
    polygon = np.concatenate([smooth(fringe, 60), crown])
    return Hair(who, rng, polygon, raise_by=0.06, soft=0.025)
