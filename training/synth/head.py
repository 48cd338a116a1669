"""What of a face does not move: skull, neck, ears, the texture of skin, the marks of age, stubble."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.hair import back_hair
from training.synth.identity import Identity
from training.synth.plate import HEIGHT_PX, LEFT, SCALE_PX, TOP, WIDTH_PX, Floats, Plate, area, grid
from training.synth.skull import outline

SIDES = (-1.0, 1.0)


def draw_head(plate: Plate, who: Identity) -> None:
    """Everything under the moving features."""
    rng = np.random.default_rng([who.seed, 2])
    if who.hair_style == "long":
        back_hair(who, rng).lay(plate)
    _neck(plate, who)
    _ears(plate, who)
    window, mask = area(outline(who), 0.012)
    xs, ys = grid()
    dome = 1 - (np.abs(xs) / (1.2 * who.face_width)) ** 2.5 - (np.abs(ys - 0.05) / (who.chin + 0.02)) ** 2.5
    dome = 1.05 * np.sqrt(np.maximum(dome, 0.004))[window]
    part = mask[..., None]
    plate.relief[window] = (1 - mask) * plate.relief[window] + mask * dome
    plate.colour[window] = (1 - part) * plate.colour[window] + part * _skin(who, rng)[window]
    plate.cover[window] = np.maximum(plate.cover[window], mask)
    _bones(plate, who)
    _age(plate, who)


def _skin(who: Identity, rng: np.random.Generator) -> Floats:
    """Reflectance with blotches, pores, spots: float32 [H, W, 3]."""
    colour = np.empty((HEIGHT_PX, WIDTH_PX, 3), np.float32)
    colour[:] = who.skin
    coarse = cv2.resize(
        rng.normal(0, 1, (13, 10, 3)).astype(np.float32), (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC
    )
    fine = cv2.GaussianBlur(rng.normal(0, 1, (HEIGHT_PX, WIDTH_PX)).astype(np.float32), (0, 0), 0.9)
    colour *= 1 + 0.035 * coarse + (0.05 + 0.07 * who.age) * fine[..., None]
    spots = np.zeros((HEIGHT_PX, WIDTH_PX), np.float32)
    for _ in range(int(70 * who.freckles)):
        x, y = rng.normal(0, 0.6), rng.normal(-0.1, 0.8)
        centre = (int((x - LEFT) * SCALE_PX), int((y - TOP) * SCALE_PX))
        cv2.circle(
            spots, centre, int(rng.integers(1, 3 + int(2 * who.age))), float(rng.uniform(0.1, 0.35)), -1, cv2.LINE_AA
        )
    colour *= 1 - cv2.GaussianBlur(spots, (0, 0), 1.0)[..., None] * np.array([0.5, 0.8, 1.0], np.float32)
    return colour


def _bones(plate: Plate, who: Identity) -> None:
    red = 0.10 + 0.14 * who.blush
    for side in SIDES:
        plate.bump((side * 0.5, -0.02), (0.42, 0.26), -0.1)
        plate.bump((side * 0.72, 0.42), (0.42, 0.34), 0.05 + 0.04 * who.fullness)
        plate.bump((side * 0.72, 1.0), (0.3, 0.5), -0.07 * (1 - who.fullness))
        plate.tint((side * 0.68, 0.5), (0.4, 0.35), (1 + red * 0.2, 1 - red, 1 - red))
        plate.tint((side * 0.5, 0.2), (0.3, 0.14), (0.9, 0.85, 0.88))
    plate.bump((0.0, -0.42), (0.9, 0.16), 0.04)
    plate.bump((0.0, who.chin - 0.2), (0.32, 0.24), 0.1)
    plate.bump((0.0, 1.48), (0.4, 0.1), -0.03)
    if who.stubble > 0:
        _stubble(plate, who)


def _stubble(plate: Plate, who: Identity) -> None:
    """Shaven or short hair on jaw, chin and upper lip: darker, greyer, grainy."""
    xs, ys = grid()
    low = 1.02 + 0.42 * (1 - np.minimum(1, np.abs(xs) / 0.95) ** 2) * (ys > 1.02)
    jaw = np.clip((ys - low + 0.25 * (np.abs(xs) > 0.55)) * 4, 0, 1) * np.clip((who.chin + 0.05 - ys) * 12, 0, 1)
    jaw = np.maximum(jaw * (np.abs(xs) < 1.15), np.exp(-2 * ((xs / 0.45) ** 2 + ((ys - 0.97) / 0.1) ** 2)))
    jaw = cv2.GaussianBlur(jaw.astype(np.float32), (0, 0), 6.0)
    grain = np.random.default_rng([who.seed, 17]).uniform(0.3, 1.0, jaw.shape).astype(np.float32)
    part = (jaw * grain * (0.12 + 0.5 * who.stubble))[..., None]
    plate.colour += part * (np.array(who.hair, np.float32) * 0.6 + 0.01 - plate.colour) * (plate.cover > 0)[..., None]


def _age(plate: Plate, who: Identity) -> None:
    """Lines that stay when nothing moves; fainter than those any action unit makes."""
    rng = np.random.default_rng([who.seed, 5])
    age = who.age
    for row in range(3):
        y = -0.68 - 0.17 * row + rng.normal(0, 0.02)
        reach = rng.uniform(0.4, 0.75)
        path = [(-reach, y + 0.02), (-0.3, y - 0.03), (0.0, y), (0.3, y - 0.03), (reach, y + 0.02)]
        plate.groove(path, 0.014, 0.011 * age * rng.uniform(0.2, 1.2))
    for side in SIDES:
        plate.groove([(side * 0.28, 0.2), (side * 0.5, 0.28), (side * 0.72, 0.22)], 0.03, 0.014 * age)
        plate.groove([(side * 0.47, 1.28), (side * 0.52, 1.45), (side * 0.5, 1.6)], 0.025, 0.014 * age)
        plate.groove([(side * 0.95, 0.7), (side * 0.9, 1.0), (side * 0.75, 1.25)], 0.05, 0.012 * age)
        for row in range(2):
            y = -0.02 + 0.1 * row
            plate.groove([(side * 0.82, y), (side * 0.96, y - 0.03 + 0.08 * row)], 0.01, 0.004 * age)


def _neck(plate: Plate, who: Identity) -> None:
    half = 0.6 * who.face_width * who.jaw_width
    sides = [(half, 0.9), (half, 1.9), (half + 0.1, 2.25), (1.9, 2.65), (1.9, 3.0)]
    window, mask = area(sides + [(-x, y) for x, y in sides[::-1]], 0.02)
    xs, ys = grid()
    column = 0.5 * np.sqrt(np.maximum(0.02, 1 - (np.abs(xs) / (half + 0.25)) ** 2))[window]
    plate.relief[window] = mask * (column - 0.7)
    shadow = np.clip((ys[window] - who.chin) / 0.5, 0, 1)[..., None] * 0.45 + 0.4
    part = mask[..., None]
    plate.colour[window] = (1 - part) * plate.colour[window] + part * np.array(who.skin, np.float32) * shadow
    plate.cover[window] = np.maximum(plate.cover[window], mask)


def _ears(plate: Plate, who: Identity) -> None:
    if who.hair_style == "long":
        return
    angle = np.linspace(0, 2 * np.pi, 24)
    for side in SIDES:
        x = side * 1.13 * who.face_width
        ear = np.stack([x + 0.13 * np.cos(angle), 0.2 + 0.3 * np.sin(angle)], 1).astype(np.float32)
        plate.fill(ear, np.array(who.skin) * (0.85, 0.75, 0.72), soft=0.02)
        window, mask = area(ear, 0.02)
        plate.cover[window] = np.maximum(plate.cover[window], mask)
        plate.relief[window] = np.maximum(plate.relief[window], 0.12 * mask)
