"""A hand that comes before the face: over the mouth, at the cheek, rubbing an eye, or with a spoon."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.synth.identity import Identity
from training.synth.plate import HEIGHT_PX, LEFT, SCALE_PX, TOP, WIDTH_PX, Floats, Plate, Point

NAIL = (1.12, 1.0, 0.98)
OUT_OF_SIGHT = 2.6
"""How far from its place a hand starts, units along its arm."""
DEPTH = 1.25
"""Of a hand's middle, toward the camera, units: a little before the cheeks."""


@dataclass(frozen=True)
class Gesture:
    """Where a right-hand side hand is: its wrist, which way it points (radians, 0 up, more is anticlockwise), and how
    far its fingers are bent, 0..1. All is mirrored for the other side."""

    wrist: Point
    turn: float
    bent: float
    spoon: bool = False


GESTURES = {
    "mouth": Gesture((1.05, 1.95), 0.98, 0.15),
    "cheek": Gesture((1.1, 2.05), 0.12, 0.1),
    "eye": Gesture((1.05, 1.45), 0.3, 0.35),
    "spoon": Gesture((1.25, 2.45), 0.7, 0.85, spoon=True),
}

# A hand with its wrist at (0, 0), pointing up, thumb to the left (mirrored when it comes from the right); units.
# Each bone: from, to, radius at both.
_PALM = (
    ((-0.2, 0.0), (-0.36, -0.95), 0.24, 0.2),
    ((0.0, 0.0), (0.0, -1.0), 0.26, 0.22),
    ((0.18, 0.0), (0.34, -0.9), 0.24, 0.19),
)
_FOREARM = ((0.0, 0.0), (0.1, 2.6), 0.3, 0.46)
_FINGERS = (((-0.42, -1.05), -0.14, 0.86), ((-0.14, -1.14), -0.03, 0.97), ((0.14, -1.11), 0.06, 0.9),
            ((0.39, -0.98), 0.18, 0.68))  # fmt: skip
"""Knuckle, direction (radians from up, to the right) and length of each."""
_THUMB = (((-0.25, -0.25), (-0.66, -0.72), 0.19, 0.15), ((-0.66, -0.72), (-0.74, -1.14), 0.15, 0.11))


def draw_hand(plate: Plate, who: Identity, gesture: str, side: float, reach: float) -> None:
    """Lay one over the plate.

    Args:
        gesture: a key of GESTURES. Raises KeyError for another.
        side: -1 (the picture's left) or 1.
        reach: 0 (out of sight) .. 1 (there).
    """
    if reach <= 0:
        return
    pose = GESTURES[gesture]
    size = 0.84 if who.sex == "male" else 0.77
    cos, sin = float(np.cos(pose.turn)), float(np.sin(pose.turn))
    away = OUT_OF_SIGHT * (1 - reach)

    def seen(point: Point) -> Point:
        x, y = -size * point[0], size * point[1] + away
        return side * (pose.wrist[0] + x * cos + y * sin), pose.wrist[1] - x * sin + y * cos

    if pose.spoon:
        _spoon(plate, seen((0.1, -1.1)), side, reach)
    bones = [*_PALM, *_THUMB, _FOREARM, *_bent(pose.bent)]
    height = np.full((HEIGHT_PX, WIDTH_PX), -9.0, np.float32)
    mask = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    for start, end, first, last in bones:
        _capsule(height, mask, seen(start), seen(end), (size * first, size * last))
    part = mask[..., None]
    rng = np.random.default_rng([who.seed, 18])
    grain = cv2.resize(rng.normal(0, 1, (40, 30)).astype(np.float32), (WIDTH_PX, HEIGHT_PX))
    skin = np.array(who.skin, np.float32) * np.array((1.0, 0.94, 0.93), np.float32)
    plate.colour += part * (skin * (1 + 0.05 * grain[..., None]) - plate.colour)
    plate.relief += mask * (DEPTH + np.maximum(height, 0) - plate.relief)
    plate.cover[:] = np.maximum(plate.cover, mask)
    for (x, y), turn, length in _FINGERS:
        if pose.bent < 0.5:
            tip = (x + (length - 0.07) * float(np.sin(turn)), y - (1 - 0.6 * pose.bent) * (length - 0.07))
            plate.tint(seen(tip), (0.1, 0.1), NAIL)


def _bent(bent: float) -> list[tuple[Point, Point, float, float]]:
    """The fingers' bones; a bent one is seen shorter."""
    bones: list[tuple[Point, Point, float, float]] = []
    for (x, y), turn, length in _FINGERS:
        long = length * (1 - 0.6 * bent)
        middle = (x + 0.5 * long * float(np.sin(turn)), y - 0.5 * long)
        tip = (x + long * float(np.sin(turn)), y - long)
        bones += [((x, y), middle, 0.16, 0.145), (middle, tip, 0.14, 0.11)]
    return bones


def _capsule(height: Floats, mask: Floats, start: Point, end: Point, radius: tuple[float, float]) -> None:
    """Raise a rounded, tapering bone into height (units above the hand's middle) and mask, in place."""
    reach = max(radius) + 0.03
    low = [int((min(a, b) - reach - zero) * SCALE_PX) for a, b, zero in zip(start, end, (LEFT, TOP), strict=True)]
    high = [int((max(a, b) + reach - zero) * SCALE_PX) + 1 for a, b, zero in zip(start, end, (LEFT, TOP), strict=True)]
    rows = slice(max(0, low[1]), min(HEIGHT_PX, max(0, high[1])))
    columns = slice(max(0, low[0]), min(WIDTH_PX, max(0, high[0])))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    x = LEFT + (np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] + 0.5) / SCALE_PX - start[0]
    y = TOP + (np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] + 0.5) / SCALE_PX - start[1]
    dx, dy = end[0] - start[0], end[1] - start[1]
    along = np.clip((x * dx + y * dy) / max(1e-6, dx * dx + dy * dy), 0, 1)
    apart = np.hypot(x - along * dx, y - along * dy)
    thick = radius[0] + along * (radius[1] - radius[0])
    round_ = np.sqrt(np.maximum(thick * thick - apart * apart, 0)).astype(np.float32)
    inside = np.clip((thick - apart) * SCALE_PX * 0.6 + 0.5, 0, 1).astype(np.float32)
    window = (rows, columns)
    height[window] = np.where(inside > 0, np.maximum(height[window], round_), height[window])
    mask[window] = np.maximum(mask[window], inside)


def _spoon(plate: Plate, fist: Point, side: float, reach: float) -> None:
    """Of steel, from the fist to the mouth."""
    bowl = (0.06 * side, 1.24 + 0.8 * (1 - reach))
    angle = np.linspace(0, 2 * np.pi, 24)
    disc = np.stack([bowl[0] + 0.17 * np.cos(angle), bowl[1] + 0.085 * np.sin(angle)], 1).astype(np.float32)
    middle = (0.5 * (fist[0] + bowl[0]), 0.5 * (fist[1] + bowl[1]))
    plate.line([fist, middle, bowl], 0.03, (0.55, 0.56, 0.58))
    plate.bump(middle, (0.2, 0.2), 0.05)
    plate.fill(disc, (0.6, 0.61, 0.63), soft=0.01)
    plate.bump(bowl, (0.17, 0.09), -0.06)
