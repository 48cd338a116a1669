"""What people wear on their faces in a sickroom: a surgical mask, an oxygen mask, a nasal cannula."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Plate, Point, area, smooth

MASKS = ("surgical", "oxygen", "cannula")
CLOTHS = ((0.3, 0.5, 0.68), (0.72, 0.74, 0.74), (0.34, 0.58, 0.5))
"""Linear RGB: blue, white, green."""
PLASTIC = (0.62, 0.7, 0.66)


def draw_mask(plate: Plate, who: Identity, kind: str, jaw: float) -> None:
    """One of MASKS, moved by a jaw open by 0..1. Raises KeyError for another kind."""
    {"surgical": _surgical, "oxygen": _oxygen, "cannula": _cannula}[kind](plate, who, jaw)


def _surgical(plate: Plate, who: Identity, jaw: float) -> None:
    """Pleated cloth from the bridge of the nose to under the chin; its loops go to the ears."""
    rng = np.random.default_rng([who.seed, 19])
    cloth = np.array(CLOTHS[rng.integers(len(CLOTHS))]) * rng.uniform(0.8, 1.1)
    wide = 0.93 * who.face_width
    top, low = rng.uniform(0.3, 0.5), who.chin + 0.04
    right: list[Point] = [(0.0, top - 0.08), (0.3, top + 0.02), (0.72 * wide, top + 0.2), (wide, top + 0.32),
                          (0.9 * wide, 1.25), (0.45, low - 0.05), (0.0, low)]  # fmt: skip
    for side in SIDES:
        for height in (top + 0.36, 1.2):
            loop = [(side * 0.9 * wide, height), (side * 1.02 * wide, 0.6 * height + 0.1),
                    (side * 1.14 * who.face_width, 0.25)]  # fmt: skip
            plate.line(loop, 0.013, (0.7, 0.7, 0.7), 0.9)
    window, mask = area(smooth([*right, *[(-x, y) for x, y in right[-2:0:-1]]], 60, closed=True), 0.012)
    smoothed = cv2.GaussianBlur(plate.relief, (0, 0), 16.0)[window] + 0.06
    plate.relief[window] += mask * (smoothed - plate.relief[window])
    part = mask[..., None]
    plate.colour[window] += part * (cloth.astype(np.float32) - plate.colour[window])
    plate.cover[window] = np.maximum(plate.cover[window], mask)
    plate.gloss[window] *= 1 - 0.8 * mask
    for row in range(3):
        y = 0.86 + 0.2 * row + 0.03 * jaw * row
        plate.groove([(-0.8 * wide, y - 0.02), (0.0, y + 0.03), (0.8 * wide, y - 0.02)], 0.016, 0.03, lip=0.5)
    plate.line([(-0.24, top + 0.03), (0.0, top - 0.03), (0.24, top + 0.03)], 0.014, cloth * 0.75, 0.7)


def _oxygen(plate: Plate, who: Identity, jaw: float) -> None:
    """Clear plastic over nose and mouth, through which both are seen; an elastic band, and a tube below."""
    low = 1.56 + 0.12 * jaw
    right: list[Point] = [(0.0, 0.28), (0.2, 0.4), (0.4, 0.75), (0.58, 1.15), (0.45, low - 0.12), (0.0, low)]
    rim = smooth([*right, *[(-x, y) for x, y in right[-2:0:-1]]], 60, closed=True)
    for side in SIDES:
        plate.line([(side * 0.5, 0.95), (side * 0.8, 0.72), (side * 1.1 * who.face_width, 0.42)], 0.02,
                   (0.55, 0.62, 0.55), 0.85)  # fmt: skip
    plate.fill(rim, PLASTIC, soft=0.015, strength=0.26)
    points = [(float(x), float(y)) for x, y in rim]
    for part in (points[:31], [*points[30:], points[0]]):
        plate.line(part, 0.018, (0.75, 0.82, 0.78), 0.7)
    window, mask = area(rim, 0.05)
    plate.relief[window] += 0.12 * mask
    plate.gloss[window] = np.maximum(plate.gloss[window], 0.9 * mask)
    for x, y in ((-0.26, 1.02), (0.26, 1.02)):
        angle = np.linspace(0, 2 * np.pi, 20)
        disc = np.stack([x + 0.09 * np.cos(angle), y + 0.09 * np.sin(angle)], 1).astype(np.float32)
        plate.fill(disc, (0.8, 0.83, 0.8), soft=0.012, strength=0.55)
    plate.line([(0.22, 0.62), (0.3, 0.85), (0.38, 1.1)], 0.03, (0.95, 0.97, 0.95), 0.4)
    plate.line([(0.0, low - 0.04), (0.05, 2.0), (0.25, 2.8)], 0.06, PLASTIC, 0.75)


def _cannula(plate: Plate, who: Identity, jaw: float) -> None:
    """A thin tube from ear to ear under the nose, two prongs in it, joined under the chin."""
    under = who.nose_length + 0.11
    tube = np.array((0.5, 0.6, 0.54)) * (0.4 + 0.6 * min(1.0, 2 * max(who.skin)))
    for side in SIDES:
        cheek = [(side * 1.12 * who.face_width, 0.1), (side * 0.92, 0.5), (side * 0.5, under - 0.06),
                 (side * 0.16, under), (0.0, under)]  # fmt: skip
        plate.groove(cheek, 0.03, 0.012, lip=0.0)
        plate.line(cheek, 0.016, tube, 0.55)
        plate.line([(side * 0.09, under), (side * 0.085, under - 0.1)], 0.016, tube, 0.6)
        plate.line([(side * 1.1 * who.face_width, 0.5), (side * 0.85, 1.6), (side * 0.2, who.chin + 0.35 + 0.1 * jaw)],
                   0.016, tube, 0.5)  # fmt: skip
