"""What of a face moves. Each function draws one part, as the muscles (Movement) leave it.

The movements follow P. Ekman, W. V. Friesen, J. C. Hager, "Facial Action Coding System", 2002: what each action unit
does to brows, lids, cheeks, nose and lips.
"""

from __future__ import annotations

import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Plate, smooth
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
    """AU4 lowers the brows and draws them together, most at their inner ends; AU9 takes these down, AU6 the tails."""
    colour = np.minimum(np.array(who.hair) * 0.5 + 0.004, np.array(who.skin) * 0.38)
    inner_down = 0.2 * move.au4 + 0.05 * move.au9
    outer_down = 0.1 * move.au4 + 0.045 * move.au6
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
    """AU10 and a smile (AU12) deepen the nasolabial fold; a smile rounds the cheeks, below where AU6 lifts them to."""
    for side in SIDES:
        plate.bump((side * 0.62, 0.52), (0.3, 0.2), 0.06 * move.au12)
        wide = 0.1 * move.au12 + 0.03 * move.au10
        top = 0.6 - 0.1 * move.au10 - 0.06 * move.au9
        fold = [(who.nose_width + 0.03, top), (0.44 + 0.6 * wide, 0.82 - 0.06 * move.au10), (0.53 + wide, 1.1)]
        depth = 0.005 + 0.012 * who.age + 0.055 * move.au10 + 0.012 * move.au9 + 0.02 * move.au12 + 0.01 * move.au6
        plate.groove([(side * x, y) for x, y in fold], 0.022, depth, lip=0.4)
        plate.bump((side * 0.5, 0.62), (0.2, 0.26), 0.08 * move.au10, turn=side * 0.9)
        if move.au6 > 0:
            _raise_cheek(plate, who, move.au6, side)


def _raise_cheek(plate: Plate, who: Identity, amount: float, side: float) -> None:
    """AU6: the cheek is pushed up into a pad under the eye, furrows part it from the lid, crow's feet fan out."""
    plate.bump((side * 0.58, 0.42 - 0.08 * amount), (0.34, 0.17), 0.2 * amount)
    plate.tint((side * 0.6, 0.38), (0.32, 0.15), (1 + 0.08 * amount, 1 - 0.12 * amount, 1 - 0.12 * amount))
    for drop, depth in ((0.0, 0.075), (0.085, 0.04)):
        y = 0.225 + drop - 0.035 * amount
        furrow = [(0.27, y - 0.06), (0.5, y), (0.74, y - 0.06), (0.88, y - 0.16)]
        plate.groove([(side * x, v) for x, v in furrow], 0.018, depth * amount, lip=0.6)
    start = 0.5 + who.eye_width + 0.04
    reach = min(0.24 + 0.1 * amount, 1.08 * who.face_width - start)
    for angle in (-0.62, -0.3, 0.02, 0.34, 0.66):
        cos, sin = float(np.cos(angle)), float(np.sin(angle))
        fan = [(start, 0.01 + 0.05 * sin), (start + 0.5 * reach * cos, 0.02 + 0.48 * reach * sin),
               (start + reach * cos, 0.01 + reach * sin)]  # fmt: skip
        plate.groove([(side * x, y) for x, y in fan], 0.013, 0.07 * amount, lip=0.55)


def _dim(part: float) -> tuple[float, float, float]:
    return 1 - part, 1 - 1.1 * part, 1 - 1.1 * part
