"""From what is seen at each pixel to linear light: a lamp with shadow, the room's light, a little shine.

The model is that of drawn faces (training.synth.light): Lambert's law with a soft terminator and a Blinn highlight;
added are skin's red terminator, a shadow map, and hollows darkened by how far a place lies in.
"""

from __future__ import annotations

import cv2
import numpy as np

from training.rendered.face_model import Floats
from training.synth.light import Light

WRAP = np.array((0.34, 0.22, 0.17), np.float32)
"""How far light creeps past the terminator in skin: red the furthest."""
SHADOW_PX = 72
BIAS_CM = 1.1
DARK = 0.3
"""What is left of the lamp in shadow."""


def toward(light: Light) -> Floats:
    """The lamp's direction, float32 [3], in the camera's axes (y up)."""
    azimuth, elevation = light.azimuth, light.elevation
    found = np.array([np.sin(azimuth) * np.cos(elevation), np.sin(elevation), np.cos(azimuth) * np.cos(elevation)])
    return np.asarray(found / np.linalg.norm(found), np.float32)


def lit(placed: Floats, light: Light) -> Floats:
    """How much of the lamp reaches each point, DARK..1, float32 [V], by what stands before it as the lamp sees it."""
    aim = toward(light)
    side = np.cross(np.array((0, 1, 0), np.float32), aim)
    side /= np.linalg.norm(side) + 1e-6
    up = np.cross(aim, side)
    flat, near = placed @ np.stack([side, up], 1), placed @ aim
    span = 34.0
    cell = np.clip(((flat / span + 0.5) * SHADOW_PX).astype(np.int32), 0, SHADOW_PX - 1)
    nearest = np.full((SHADOW_PX, SHADOW_PX), float(near.min()), np.float32)
    np.maximum.at(nearest, (cell[:, 1], cell[:, 0]), near)
    nearest = cv2.GaussianBlur(cv2.dilate(nearest, np.ones((3, 3), np.uint8)), (0, 0), 1.0)
    behind = np.clip((nearest[cell[:, 1], cell[:, 0]] - near - BIAS_CM) / 2.4, 0, 1)
    return np.asarray(1 - (1 - DARK) * behind, np.float32)


def shaded(
    colour: Floats, normal: Floats, reach: Floats, hollow: Floats, gloss: Floats, wrap: Floats, light: Light
) -> Floats:
    """Linear RGB, float32 [n, 3].

    Args:
        colour: reflectance [n, 3]. normal: unit [n, 3], in the camera's axes. reach: of the lamp, [n].
        hollow: 0..1 [n], what is left of the room's light. gloss: [n]. wrap: 0..1 [n], how much is skin.
    """
    aim = toward(light)
    facing = (normal @ aim)[:, None]
    soft = WRAP * wrap[:, None] + 0.08
    lamp = np.clip((facing + soft) / (1 + soft), 0, None) * reach[:, None]
    sky = 0.72 + 0.28 * normal[:, 1:2]
    amount = light.lamp * lamp + light.room * sky * hollow[:, None]
    halfway = aim + np.array((0, 0, 1), np.float32)
    halfway /= np.linalg.norm(halfway)
    shine = np.clip(normal @ halfway, 0, 1) ** 22 * gloss * reach
    found = colour * amount + (light.lamp * shine)[:, None]
    return np.asarray(found * light.colour, np.float32)
