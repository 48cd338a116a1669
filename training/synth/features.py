"""What of a face moves. Each function draws one part, as the muscles (Movement) leave it.

The movements follow P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System", 2002: what each action unit
does to brows, lids, cheeks, nose and lips.
"""

from __future__ import annotations

import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Floats, Plate, area, grid, smooth
from training.synth.units import Movement


def draw_forehead(plate: Plate, who: Identity, move: Movement) -> None:
    """AU4's furrows between the brows and the corrugator's bulge; AU9's fold across the root of the nose."""
    rest = 0.004 * who.age
    for side in SIDES:
        x = side * (0.1 - 0.02 * move.au4)
        path = [(x * 1.5, -0.55), (x, -0.4), (x * 0.9, -0.26), (x * 1.2, -0.1)]
        plate.groove(path, 0.02, rest + 0.05 * move.au4, lip=0.6)
        plate.bump((side * 0.24, -0.3 + 0.1 * move.au4), (0.16, 0.12), 0.07 * move.au4)
    plate.tint((0.0, -0.33), (0.16, 0.24), _dim(0.22 * move.au4))
    for row in range(2):
        y = -0.13 + 0.09 * row
        plate.groove([(-0.13, y + 0.02), (0.0, y - 0.015), (0.13, y + 0.02)], 0.013, 0.042 * move.au9)


def draw_brows(plate: Plate, who: Identity, move: Movement) -> None:
    """AU4 lowers the brows and draws them together, most at their inner ends; AU9 takes these down a little."""
    colour = np.minimum(np.array(who.hair) * 0.5 + 0.004, np.array(who.skin) * 0.38)
    inner_down = 0.2 * move.au4 + 0.05 * move.au9
    outer_down = 0.1 * move.au4
    for side in SIDES:
        y = -who.brow_height
        inner = (0.2 - 0.075 * move.au4, y + 0.02 + inner_down)
        middle = (0.5 - 0.04 * move.au4, y - who.brow_arch + 0.6 * inner_down + 0.4 * outer_down)
        tail = (0.83, y + 0.04 + outer_down)
        spine = smooth(
            [inner, (0.5 * inner[0] + 0.5 * middle[0], 0.5 * inner[1] + 0.5 * middle[1] - 0.01), middle, tail], 24
        )
        thick = who.brow_thickness * np.linspace(1.0, 0.25, 24)[:, None] * (0.0, 1.0)
        polygon = np.concatenate([spine - thick, (spine + thick)[::-1]]).astype(np.float32) * (side, 1)
        plate.fill(polygon.astype(np.float32), colour, soft=0.014, strength=0.85)
        plate.bump((side * middle[0], middle[1] + 0.05), (0.4, 0.1), 0.02 + 0.02 * move.au4)


def draw_eye(plate: Plate, who: Identity, move: Movement, side: float, gaze: tuple[float, float]) -> None:
    """One eye. AU7 narrows it and straightens the lower lid, AU6 pushes that lid up, AU43 and blinks close it."""
    closed = move.closure
    upper = who.eye_upper * (1 - 0.42 * move.au7 - 0.1 * move.au6 - 0.12 * move.au4)
    lower = who.eye_lower * (1 - 1.0 * move.au7 - 0.35 * move.au6 - 0.3 * move.au12)
    seam = 0.045 - 0.02 * move.au7
    top, bottom = (1 - closed) * -upper + closed * seam, (1 - closed) * lower + closed * seam
    width, tilt = who.eye_width, who.eye_tilt
    inner, outer = (0.5 - width, 0.025), (0.5 + width, -tilt)
    over = smooth([inner, (0.5 - 0.55 * width, 0.78 * top), (0.5, top), (0.5 + 0.6 * width, 0.72 * top), outer], 24)
    under = smooth(
        [inner, (0.5 - 0.5 * width, 0.7 * bottom + 0.005), (0.5, bottom), (0.5 + 0.6 * width, 0.75 * bottom), outer], 24
    )
    over, under = over * (side, 1), under * (side, 1)
    _lids(plate, who, move, side, top, upper)
    if closed < 0.93:
        _eyeball(plate, who, side, np.concatenate([over, under[::-1]]).astype(np.float32), gaze, over)
    lash = np.minimum(np.array(who.hair) * 0.25, np.array(who.skin) * 0.16)
    strength = 0.95 if closed > 0.5 else 0.85
    plate.line(_points(over), 0.013 + 0.006 * closed, lash, strength)
    plate.line(_points(under), 0.009, np.array(who.skin) * (0.45, 0.33, 0.33), 0.7)
    if closed > 0.6:  # the lashes of a closed eye lie below the seam
        for part in np.linspace(-0.8, 0.8, 7):
            x, y = 0.5 + part * width, seam * (1 - part**2)
            plate.line([(side * x, y), (side * (x + 0.035 * part), y + 0.05)], 0.007, lash, 0.6 * closed)


def _lids(plate: Plate, who: Identity, move: Movement, side: float, top: float, upper: float) -> None:
    width = who.eye_width
    crease = min(top - 0.05 + 0.02 * who.hooded, -0.09) + 0.04 * move.au4
    path = [(0.5 - 0.9 * width, 0.4 * crease), (0.5, crease), (0.5 + 1.05 * width, 0.45 * crease)]
    plate.groove([(side * x, y) for x, y in path], 0.013, 0.014 + 0.008 * who.hooded)
    plate.bump((side * 0.5, 0.0), (0.3, 0.18), 0.06)
    if move.closure > 0.3:
        plate.tint((side * 0.5, -0.03), (0.28, 0.13), _dim(0.12 * move.closure))
    pouch = [(0.5 - 1.0 * width, 0.07), (0.5, 0.135 - 0.02 * move.au7), (0.5 + 1.0 * width, 0.06)]
    plate.groove([(side * x, y) for x, y in pouch], 0.014, 0.004 + 0.045 * move.au7, lip=0.6)
    plate.bump((side * 0.5, 0.085), (0.26, 0.06), 0.035 * move.au7)


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


def draw_nose(plate: Plate, who: Identity, move: Movement) -> None:
    """The nose. AU9 wrinkles its sides and lifts the wings; AU10 widens them."""
    lift = 0.07 * move.au9 + 0.025 * move.au10
    tip, wing = who.nose_length - 0.4 * lift, who.nose_width + 0.02 * move.au9 + 0.025 * move.au10
    for part in np.linspace(0, 1, 7):
        width = 0.09 + 0.09 * part
        plate.bump(
            (0.0, -0.1 + part * (tip - 0.02)), (width * 1.5, 0.18), who.nose_height * (0.25 + 0.75 * part) * 0.42
        )
    plate.bump((0.0, tip - 0.06), (0.17, 0.15), 0.12)
    for side in SIDES:
        plate.bump((side * (wing - 0.07), tip - lift), (0.12, 0.12), 0.11)
        hook = [(wing - 0.07, tip - 0.17 - lift), (wing + 0.02, tip - 0.06 - lift), (wing - 0.04, tip + 0.07 - lift)]
        plate.groove([(side * x, y) for x, y in hook], 0.018, 0.02, lip=0.1)
        nostril = np.array([(0.05, 0.045), (0.1, 0.02), (0.155, 0.035), (0.12, 0.07)], np.float32) * (
            side * wing / 0.28,
            1,
        )
        plate.fill(
            nostril + np.array([0, tip - 0.6 * lift], np.float32), np.array(who.skin) * 0.13, soft=0.012, strength=0.9
        )
        for row in range(3):
            y = 0.03 + 0.12 * row
            wrinkle = [(0.03, y - 0.03), (0.12, y - 0.01), (0.2, y + 0.06), (0.25 + 0.02 * row, y + 0.17)]
            plate.groove([(side * x, v) for x, v in wrinkle], 0.017, 0.05 * move.au9, lip=0.6)
    plate.tint((0.0, tip - 0.05), (0.25, 0.2), (1.0, 0.93, 0.92))


def draw_cheeks(plate: Plate, who: Identity, move: Movement) -> None:
    """AU6 lifts cheeks, folds the skin below the eye, fans crow's feet; AU10 and a smile deepen the nasolabial fold."""
    for side in SIDES:
        plate.bump((side * 0.62, 0.42 - 0.08 * move.au6), (0.32, 0.2), 0.12 * move.au6 + 0.06 * move.au12)
        below = [(0.3, 0.2), (0.52, 0.27 - 0.03 * move.au6), (0.78, 0.17), (0.86, 0.08)]
        plate.groove([(side * x, y) for x, y in below], 0.018, 0.05 * move.au6, lip=0.6)
        for angle in (-0.45, -0.1, 0.25, 0.6):
            start, reach = 0.5 + who.eye_width + 0.05, 0.2 + 0.06 * move.au6
            tip = (start + reach * np.cos(angle), 0.01 + reach * np.sin(angle))
            middle = (start + 0.5 * reach * np.cos(angle), 0.015 + 0.45 * reach * np.sin(angle))
            path = [(side * start, 0.02 * np.sin(angle)), (side * middle[0], middle[1]), (side * tip[0], tip[1])]
            plate.groove(path, 0.012, 0.048 * move.au6, lip=0.5)
        wide = 0.1 * move.au12 + 0.03 * move.au10
        top = 0.6 - 0.1 * move.au10 - 0.06 * move.au9
        fold = [(who.nose_width + 0.03, top), (0.44 + 0.6 * wide, 0.82 - 0.06 * move.au10), (0.53 + wide, 1.1)]
        depth = 0.005 + 0.012 * who.age + 0.055 * move.au10 + 0.012 * move.au9 + 0.02 * move.au12
        plate.groove([(side * x, y) for x, y in fold], 0.022, depth, lip=0.4)
        plate.bump((side * 0.5, 0.62), (0.2, 0.26), 0.08 * move.au10, turn=side * 0.9)


def _dim(part: float) -> tuple[float, float, float]:
    return 1 - part, 1 - 1.1 * part, 1 - 1.1 * part


def _points(curve: Floats) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in curve]
