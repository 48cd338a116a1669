"""Lips, teeth and the opening between them."""

from __future__ import annotations

import numpy as np

from training.synth.head import SIDES
from training.synth.identity import Identity
from training.synth.plate import Floats, Plate, area, smooth
from training.synth.units import Movement

CAVITY = (0.03, 0.008, 0.008)
TEETH = (0.62, 0.57, 0.47)


def draw_mouth(plate: Plate, who: Identity, move: Movement) -> None:
    """AU10 raises the upper lip and bares teeth; a smile (AU12) pulls the corners out and up; the jaw opens it."""
    lips = _contours(who, move)
    gap = np.concatenate([lips["inner_upper"], lips["inner_lower"][::-1]])
    upper = np.concatenate([lips["outer_upper"], lips["inner_upper"][::-1]])
    lower = np.concatenate([lips["inner_lower"], lips["outer_lower"][::-1]])
    middle = who.mouth_height
    plate.bump((0.0, middle - 0.02), (0.5, 0.26), 0.05)
    plate.groove([(0.0, who.nose_length + 0.1), (0.0, middle - who.lip_upper - 0.05)], 0.035, 0.012)
    opening = float(lips["inner_lower"][:, 1].max() - lips["inner_upper"][:, 1].min())
    if opening > 0.03:
        plate.fill(gap, CAVITY, soft=0.006)
        _teeth(plate, lips, opening)
    plate.fill(upper, np.array(who.lips) * 0.85, soft=0.01, strength=0.9)
    plate.fill(lower, who.lips, soft=0.012, strength=0.9)
    for name, amount in (("outer_upper", 0.02), ("outer_lower", 0.035)):
        y = 0.5 * float(lips[name][12, 1]) + 0.5 * float(lips[name.replace("outer", "inner")][12, 1])
        plate.bump((0.0, y), (who.mouth_width * 0.8, 0.07), amount)
    plate.line(_points(lips["inner_upper"]), 0.012, np.array(who.lips) * 0.22, 0.9)
    for side in SIDES:
        corner = lips["inner_upper"][0 if side < 0 else -1]
        plate.tint((float(corner[0]), float(corner[1])), (0.08, 0.06), (0.7, 0.66, 0.66))


def _contours(who: Identity, move: Movement) -> dict[str, Floats]:
    """The four curves from the left to the right corner, float32 [25, 2] each; index 12 is the middle."""
    half = who.mouth_width * (1 + 0.26 * move.au12 + 0.16 * move.stretch - 0.16 * move.jaw)
    corner_y = who.mouth_height + who.mouth_droop - 0.13 * move.au12 - 0.02 * move.au10 + 0.08 * move.jaw
    rest = who.mouth_height + 0.01 * move.au12
    up = 0.03 * move.jaw
    inner_mid = rest - up - 0.07 * move.au10
    inner_side = rest - up - 0.1 * move.au10 + 0.02 * move.au12
    lower_mid = rest + 0.36 * move.jaw + 0.03 * move.au10 + 0.04 * move.au12 + 0.005
    thin_upper = who.lip_upper * (1 - 0.3 * move.au12 - 0.2 * max(move.stretch, 0))
    thin_lower = who.lip_lower * (1 - 0.25 * move.au12 - 0.2 * max(move.stretch, 0))
    raised = 0.045 * move.au10
    rows = {
        "outer_upper": ((0.5, inner_side - 0.9 * thin_upper - raised), (0.14, inner_mid - 1.15 * thin_upper - raised),
                        (0.0, inner_mid - 0.95 * thin_upper - raised)),
        "inner_upper": ((0.5, inner_side), (0.14, inner_mid + 0.012), (0.0, inner_mid + 0.006)),
        "inner_lower": ((0.5, 0.25 * corner_y + 0.75 * lower_mid), (0.14, lower_mid), (0.0, lower_mid)),
        "outer_lower": ((0.5, 0.25 * corner_y + 0.75 * (lower_mid + thin_lower)), (0.14, lower_mid + thin_lower),
                        (0.0, lower_mid + thin_lower)),
    }  # fmt: skip
    curves = {}
    for name, ((side_x, side_y), (bow_x, bow_y), (_, mid_y)) in rows.items():
        left = [(-half, corner_y), (-side_x * half, side_y), (-bow_x * half, bow_y)]
        curves[name] = smooth([*left, (0.0, mid_y), *[(-x, y) for x, y in left[::-1]]], 25)
    return curves


def _teeth(plate: Plate, lips: dict[str, Floats], opening: float) -> None:
    depth = min(0.09, 0.75 * opening)
    top = lips["inner_upper"][4:21]
    edge = np.stack([top[:, 0], np.full(len(top), top[:, 1].mean() + depth)], 1)
    strip = np.concatenate([top, edge[::-1]]).astype(np.float32)
    window, mask = area(strip, 0.006)
    gap_window, gap = area(np.concatenate([lips["inner_upper"], lips["inner_lower"][::-1]]), 0.006)
    whole = np.zeros(plate.cover.shape, np.float32)
    whole[gap_window] = gap
    part = (mask * whole[window])[..., None]
    plate.colour[window] += part * (np.array(TEETH, np.float32) - plate.colour[window])


def _points(curve: Floats) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in curve]
