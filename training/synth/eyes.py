"""The eyes, and what AU7, AU6, AU43 and blinks make of their lids (FACS, see features.py)."""

from __future__ import annotations

import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Floats, Plate, area, grid, smooth
from training.synth.units import Movement


def draw_eyes(plate: Plate, who: Identity, move: Movement, gaze: tuple[float, float]) -> None:
    """Both. AU7 narrows them and straightens the lower lids, AU6 pushes these up, AU43 and blinks close the upper."""
    for side in SIDES:
        _draw_eye(plate, who, move, side, gaze)


def _draw_eye(plate: Plate, who: Identity, move: Movement, side: float, gaze: tuple[float, float]) -> None:
    closed = move.closure
    upper = who.eye_upper * (1 - min(0.58, 0.46 * move.au7 + 0.12 * move.au6 + 0.12 * move.au4))
    lower = who.eye_lower * (1 - min(1.15, 1.1 * move.au7 + 0.55 * move.au6 + 0.15 * move.au12))
    seam = 0.045 - 0.02 * move.au7
    top, bottom = (1 - closed) * -upper + closed * seam, (1 - closed) * lower + closed * seam
    width, tilt = who.eye_width, who.eye_tilt
    inner, outer = (0.5 - width, 0.025), (0.5 + width, -tilt)
    over = smooth([inner, (0.5 - 0.55 * width, 0.78 * top), (0.5, top), (0.5 + 0.6 * width, 0.72 * top), outer], 24)
    under = smooth(
        [inner, (0.5 - 0.5 * width, 0.7 * bottom + 0.005), (0.5, bottom), (0.5 + 0.6 * width, 0.75 * bottom), outer], 24
    )
    over, under = over * (side, 1), under * (side, 1)
    _lids(plate, who, move, side, top)
    if closed < 0.93:
        _eyeball(plate, who, side, np.concatenate([over, under[::-1]]).astype(np.float32), gaze, over)
    lash = np.minimum(np.array(who.hair) * 0.25, np.array(who.skin) * 0.16)
    strength = 0.95 if closed > 0.5 else 0.85
    plate.line(_points(over), (0.011 if who.sex == "male" else 0.016) + 0.006 * closed, lash, strength)
    plate.line(_points(under), 0.009, np.array(who.skin) * (0.45, 0.33, 0.33), 0.7)
    if closed > 0.6:  # the lashes of a closed eye lie below the seam
        for part in np.linspace(-0.8, 0.8, 7):
            x, y = 0.5 + part * width, seam * (1 - part**2)
            plate.line([(side * x, y), (side * (x + 0.035 * part), y + 0.05)], 0.007, lash, 0.6 * closed)


def _lids(plate: Plate, who: Identity, move: Movement, side: float, top: float) -> None:
    width = who.eye_width
    crease = min(top - 0.05 + 0.02 * who.hooded, -0.09) + 0.04 * move.au4
    path = [(0.5 - 0.9 * width, 0.4 * crease), (0.5, crease), (0.5 + 1.05 * width, 0.45 * crease)]
    plate.groove([(side * x, y) for x, y in path], 0.013, 0.014 + 0.008 * who.hooded + 0.016 * move.au7)
    plate.bump((side * 0.5, 0.0), (0.3, 0.18), 0.06)
    if move.closure > 0.3:
        plate.tint((side * 0.5, -0.03), (0.28, 0.13), _dim(0.12 * move.closure))
    _tighten(plate, who, move.au7, side)


def _tighten(plate: Plate, who: Identity, amount: float, side: float) -> None:
    """AU7: the lower lid bulges along its edge, a furrow under it, a second where the skin bunches at the nose."""
    width = who.eye_width
    for drop, depth in ((0.0, 0.004 + 0.068 * amount), (0.055, 0.034 * amount)):
        y = 0.132 + drop - 0.025 * amount
        pouch = [(0.5 - 1.02 * width, y - 0.06), (0.5, y), (0.5 + 1.02 * width, y - 0.07)]
        plate.groove([(side * x, v) for x, v in pouch], 0.013, depth, lip=0.6)
    plate.bump((side * 0.5, 0.075 - 0.02 * amount), (0.27, 0.05), 0.06 * amount)
    squeeze = [(0.5 - 1.05 * width, 0.015), (0.5 - 1.22 * width, 0.06), (0.5 - 1.2 * width, 0.14)]
    plate.groove([(side * x, y) for x, y in squeeze], 0.013, 0.05 * amount, lip=0.5)
    plate.tint((side * 0.5, -0.14), (0.3, 0.09), (1 - 0.14 * amount, 1 - 0.16 * amount, 1 - 0.16 * amount))


def _eyeball(
    plate: Plate, who: Identity, side: float, opening: Floats, gaze: tuple[float, float], over: Floats
) -> None:
    centre = (side * 0.5 + gaze[0], -0.005 + gaze[1])
    window, mask = area(opening, 0.004)
    xs, ys = (axis[window] for axis in grid())
    white = np.array([0.72, 0.66, 0.62], np.float32) * (0.55 + 0.45 * min(1.0, 3 * max(who.skin)))
    ball = np.broadcast_to(white, (*mask.shape, 3)).copy()
    away = np.hypot(xs - centre[0], ys - centre[1])
    for radius, colour in (
        (0.112, np.array(who.iris) * 0.4),
        (0.1, np.array(who.iris)),
        (0.045, np.array([0.005] * 3)),
    ):
        disc = np.clip((radius - away) * 100 + 0.5, 0, 1)[..., None]
        ball = (1 - disc) * ball + disc * colour
    lid = float(over[:, 1].min())
    ball *= np.clip(0.45 + (ys - lid) * 7.0, 0.45, 1.0)[..., None]  # the upper lid's shadow
    spark = np.clip((0.02 - np.hypot(xs - centre[0] + 0.035, ys - centre[1] + 0.035)) * 100 + 0.5, 0, 1)[..., None]
    ball = (1 - spark) * ball + spark * 0.95
    part = mask[..., None]
    plate.colour[window] = (1 - part) * plate.colour[window] + part * ball.astype(np.float32)


def _dim(part: float) -> tuple[float, float, float]:
    return 1 - part, 1 - 1.1 * part, 1 - 1.1 * part


def _points(curve: Floats) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in curve]
