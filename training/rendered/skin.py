"""The skin as a sheet: colour, folds and shine, seen on the mean face from the front (training.synth.plate).

Whatever the face does, its skin keeps its place on the sheet: shapes move it. Folds are relief, which shading finds;
the face model's shapes have none, being linear. The sheet's units are the distance between the pupils, 6.3 cm.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from training.rendered.face_model import Floats
from training.synth.features import draw_brows, draw_cheeks, draw_forehead
from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import HEIGHT_PX, LEFT, SCALE_PX, TOP, WIDTH_PX, Plate, smooth
from training.synth.units import Movement

PUPILS_CM, EYES_Y_CM = 6.3, 3.5
LIPS = {
    "upper": [(-0.4, 1.11), (-0.27, 1.01), (-0.1, 0.95), (0.0, 0.965), (0.1, 0.95), (0.27, 1.01), (0.4, 1.11),
              (0.17, 1.085), (0.0, 1.09), (-0.17, 1.085)],
    "lower": [(-0.4, 1.11), (-0.17, 1.095), (0.0, 1.10), (0.17, 1.095), (0.4, 1.11), (0.27, 1.2), (0.12, 1.24),
              (0.0, 1.25), (-0.12, 1.24), (-0.27, 1.2)],
}  # fmt: skip
"""On the mean face, by its landmarks 48 to 67."""
BROWS = 1.5
"""Of drawn brows' thickness: these have hard edges."""
FOLDS = 0.55
"""Of drawn faces' folds: a mesh has the large forms already."""


def to_sheet(neutral: Floats) -> Floats:
    """Where points of the mean face lie on the sheet, pixels: float32 [V, 2] of [V, 3] cm."""
    x = neutral[:, 0] / PUPILS_CM
    y = (EYES_Y_CM - neutral[:, 1]) / PUPILS_CM
    return np.stack([(x - LEFT) * SCALE_PX - 0.5, (y - TOP) * SCALE_PX - 0.5], 1).astype(np.float32)


class Skin:
    """One person's sheet."""

    def __init__(self, who: Identity) -> None:
        self._who = who
        rng = np.random.default_rng([who.seed, 43])
        plate = Plate()
        plate.colour[:] = np.asarray(who.skin, np.float32)
        _mottle(plate, who, rng)
        for side in SIDES:
            plate.tint((side * 0.62, 0.5), (0.42, 0.34), (1.0, 1 - 0.22 * who.blush, 1 - 0.2 * who.blush))
            plate.tint((side * 0.5, 0.14), (0.34, 0.16), (0.93 - 0.12 * who.age, 0.86 - 0.1 * who.age, 0.9))
            plate.tint((side * 0.5, -0.12), (0.34, 0.12), (0.95, 0.9, 0.9))
        plate.tint((0.0, 0.5), (0.24, 0.22), (1.0, 0.9, 0.88))
        for lip, shade in (("upper", 0.85), ("lower", 1.0)):
            outline = smooth(LIPS[lip], 40, closed=True)
            plate.fill(outline, np.asarray(who.lips) * shade, soft=0.014, strength=0.85)
        _stubble(plate, who, rng)
        _age(plate, who, rng)
        self._plate = plate
        self._brows(plate, rng)

    def sheet(self, move: Movement) -> Plate:
        """With the folds of a movement."""
        plate = self._plate.copied()
        folds = Plate()
        folds.colour[:] = 1
        draw_forehead(folds, self._who, move)
        draw_cheeks(folds, self._who, move)
        _nose(folds, move)
        _lids(folds, move)
        plate.relief += FOLDS * folds.relief
        plate.colour *= folds.colour
        return plate

    def _brows(self, plate: Plate, rng: np.random.Generator) -> None:
        """Painted, then broken into hairs."""
        before = plate.colour.copy()
        draw_brows(plate, replace(self._who, brow_thickness=BROWS * self._who.brow_thickness), Movement())
        hairs = np.clip(1 + 0.35 * _streaks(rng, (3.0, 1.2)), 0.1, 1.3)[..., None]
        plate.colour = (before + np.clip(hairs, 0, 1) * (plate.colour - before)).astype(np.float32)


def _nose(plate: Plate, move: Movement) -> None:
    """AU9's wrinkles, on both sides of the nose and across its root."""
    for side in SIDES:
        for row in range(4):
            y = 0.05 + 0.1 * row
            wrinkle = [(0.03, y - 0.04), (0.11, y - 0.01), (0.19, y + 0.06)]
            plate.groove([(side * x, v) for x, v in wrinkle], 0.015, 0.05 * move.au9, lip=0.6)


def _lids(plate: Plate, move: Movement) -> None:
    """AU7 and AU6 fold the skin under the eye."""
    for side in SIDES:
        for drop, depth in ((0.12, 0.05), (0.19, 0.03)):
            fold = [(0.26, drop - 0.02), (0.45, drop + 0.03), (0.66, drop + 0.01), (0.78, drop - 0.05)]
            amount = max(move.au7, 0.7 * move.au6)
            plate.groove([(side * x, y) for x, y in fold], 0.016, depth * amount, lip=0.5)


def _mottle(plate: Plate, who: Identity, rng: np.random.Generator) -> None:
    """Blood and melanin are uneven, at several sizes; pores are relief."""
    red, brown = _clouds(rng, 9) * 0.035 + _clouds(rng, 40) * 0.03, _clouds(rng, 16) * 0.03 + _clouds(rng, 90) * 0.03
    factor = np.stack([1 + 0.4 * brown, 1 + brown - red, 1 + 1.2 * brown - 0.8 * red], -1)
    plate.colour *= factor.astype(np.float32)
    spots = rng.uniform(0, 1, (HEIGHT_PX // 2, WIDTH_PX // 2)) < 0.0025 * who.freckles
    dots = cv2.GaussianBlur(cv2.resize(spots.astype(np.float32), (WIDTH_PX, HEIGHT_PX)), (0, 0), 1.1)
    plate.colour *= (1 - np.clip(1.0 * dots, 0, 0.28))[..., None] ** np.array((0.7, 1.0, 1.2), np.float32)
    plate.relief += np.float32(0.0022) * rng.normal(0, 1, plate.relief.shape).astype(np.float32)


def _stubble(plate: Plate, who: Identity, rng: np.random.Generator) -> None:
    if who.stubble <= 0:
        return
    ys, xs = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    x, y = np.abs((xs + 0.5) / SCALE_PX + LEFT), (ys + 0.5) / SCALE_PX + TOP
    beard = _rise(y - 0.95 + 0.75 * np.clip(x - 0.55, 0, 1), 0.1) * _rise(1.25 - x, 0.1) * _rise(1.95 - y, 0.25)
    beard *= 1 - np.exp(-2 * ((x / 0.44) ** 2 + ((y - 1.09) / 0.13) ** 2))
    upper = np.exp(-2 * ((x / 0.36) ** 2 + ((y - 0.88) / 0.09) ** 2))
    grain = 0.75 + 0.35 * rng.normal(0, 1, x.shape)
    amount = np.clip(np.maximum(beard, upper) * grain * 0.75 * who.stubble, 0, 0.85)[..., None].astype(np.float32)
    plate.colour += amount * (np.asarray(who.hair, np.float32) * 0.7 - plate.colour)


def _age(plate: Plate, who: Identity, rng: np.random.Generator) -> None:
    """Lines of the forehead, crow's feet, bags under the eyes, lines about the mouth."""
    deep = max(0.0, who.age - 0.25) * 0.022
    for row in range(4):
        y = -0.62 - 0.16 * row + rng.normal(0, 0.02)
        line = [(x, y + 0.05 * abs(x) + rng.normal(0, 0.012)) for x in (-0.7, -0.35, 0.0, 0.35, 0.7)]
        plate.groove(line, 0.014, deep * rng.uniform(0.3, 1.0), lip=0.5)
    for side in SIDES:
        for angle in (-0.4, 0.0, 0.4):
            ends = [(0.86, 0.02), (0.98, 0.02 + 0.1 * angle), (1.1, 0.02 + 0.3 * angle)]
            plate.groove([(side * x, y) for x, y in ends], 0.011, deep * rng.uniform(0.4, 1.0))
        bag = [(0.25, 0.14), (0.48, 0.26), (0.74, 0.17)]
        plate.groove([(side * x, y) for x, y in bag], 0.02, 1.1 * deep, lip=0.8)
        mouth = [(0.46, 1.12), (0.5, 1.25), (0.49, 1.38)]
        plate.groove([(side * x, y) for x, y in mouth], 0.016, deep)


def _streaks(rng: np.random.Generator, blur: tuple[float, float]) -> Floats:
    noise = rng.normal(0, 1, (HEIGHT_PX, WIDTH_PX)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), sigmaX=blur[1] * 0.5, sigmaY=blur[0] * 0.5)
    return np.asarray(soft / (float(soft.std()) + 1e-6), np.float32)


def _clouds(rng: np.random.Generator, cells: int) -> Floats:
    small = rng.normal(0, 1, (cells * HEIGHT_PX // WIDTH_PX + 2, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(small, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC), np.float32)


def _rise(value: Floats, width: float) -> Floats:
    part = np.clip(value / width, 0, 1)
    return np.asarray(part * part * (3 - 2 * part), np.float32)
