"""The back of a head that is turned far: a plate has only what is seen from the front."""

from __future__ import annotations

import cv2
import numpy as np

from training.synth.identity import Identity
from training.synth.light import Light
from training.synth.plate import Floats
from training.synth.pose import Pose

FROM_YAW = 0.3
"""Radians; up to here the front hides it."""


def draw_occiput(picture: Floats, who: Identity, light: Light, pose: Pose) -> None:
    """Behind where the head will be, in place, on linear RGB, float32 [H, W, 3]; nothing below FROM_YAW."""
    if abs(pose.yaw) <= FROM_YAW:
        return
    height, width = picture.shape[:2]
    scale, sin = pose.eyes_px * width / 640, float(np.sin(pose.yaw))
    x, y = -0.78 * sin, -0.42
    cos, turned = float(np.cos(pose.roll)), float(np.sin(pose.roll))
    centre = pose.x * width + scale * (x * cos - y * turned), pose.y * height + scale * (x * turned + y * cos)
    radius = (0.96 * who.face_width * scale, 1.22 * scale)
    mask = np.zeros((height, width), np.uint8)
    axes = (round(16 * radius[0]), round(16 * radius[1]))
    middle = (round(16 * centre[0]), round(16 * centre[1]))
    cv2.ellipse(mask, middle, axes, float(np.degrees(pose.roll)), 0, 360, 255, -1, cv2.LINE_AA, 4)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.6, 0.02 * scale))
    inner = cv2.GaussianBlur(soft, (0, 0), 0.3 * scale)
    colour = np.array(who.skin if who.hair_style in ("bald", "receding") else who.hair, np.float32)
    lit = colour * light.colour * (0.55 * light.lamp + light.room)
    part = soft[..., None]
    picture += part * (lit * (0.35 + 0.65 * inner[..., None]) - picture)
