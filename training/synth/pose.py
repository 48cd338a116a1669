"""Where in a picture a face is and how the head is turned; and the plate warped accordingly."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.synth.plate import BOTTOM, LEFT, RIGHT, SCALE_PX, TOP, Floats

CHIN_FROM, CHIN_SPAN, CHIN_DROP = 1.05, 0.75, 0.2
"""The jaw pulls the skin below y = CHIN_FROM down, by CHIN_DROP at the chin when wide open; units."""


@dataclass(frozen=True)
class Pose:
    """Attributes:
    x, y: of the point between the pupils, parts of the picture's width and height.
    eyes_px: distance between the pupils, pixels of a picture 640 wide.
    yaw, pitch, roll: radians; yaw > 0 turns to the picture's right, pitch > 0 nods down, roll > 0 is clockwise.
    """

    x: float = 0.5
    y: float = 0.45
    eyes_px: float = 80.0
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Pose:
        """A head near the middle of a camera beside the bed."""
        return cls(
            x=rng.uniform(0.4, 0.6),
            y=rng.uniform(0.38, 0.5),
            eyes_px=rng.uniform(58, 96),
            yaw=float(np.clip(rng.normal(0, 0.16), -0.4, 0.4)),
            pitch=float(np.clip(rng.normal(0, 0.1), -0.25, 0.25)),
            roll=float(np.clip(rng.normal(0, 0.14), -0.4, 0.4)),
        )


def place(layers: Floats, relief: Floats, pose: Pose, jaw: float, size: tuple[int, int]) -> Floats:
    """Layers of a plate as seen in a picture.

    Args:
        layers: float32 [plate H, plate W, C], zero where nothing is.
        relief: float32 [plate H, plate W], units.
        pose: where the head is.
        jaw: how far it is open, 0..1.
        size: of the picture, (H, W).

    Returns:
        float32 [H, W, C].
    """
    height, width = size
    scale = pose.eyes_px * width / 640
    rows, columns = _window(pose, scale, size)
    xs, ys = np.meshgrid(
        np.arange(columns.start, columns.stop, dtype=np.float32), np.arange(rows.start, rows.stop, dtype=np.float32)
    )
    xs, ys = (xs - pose.x * width) / scale, (ys - pose.y * height) / scale
    cos, sin = np.float32(np.cos(pose.roll)), np.float32(np.sin(pose.roll))
    u, v = xs * cos + ys * sin, ys * cos - xs * sin
    soft = 6.0 + 70.0 * max(0.0, abs(pose.yaw) - 0.25)  # a far turn would tear the head from what is behind it
    depth_map = cv2.GaussianBlur(relief, (0, 0), soft)
    # Turning moves what stands out sideways: solve u = x cos(yaw) + depth(x, y) sin(yaw) by iterating from depth 0.6.
    sin_yaw, cos_yaw, sin_pitch, cos_pitch = (float(f(a)) for a in (pose.yaw, pose.pitch) for f in (np.sin, np.cos))
    depth = np.full_like(u, 0.6)
    for _ in range(3):
        x = (u - (depth - 0.6) * sin_yaw) / cos_yaw
        y: Floats = np.asarray((v - (depth - 0.6) * sin_pitch) / cos_pitch, u.dtype)
        if jaw > 0:
            y = _close(y, jaw)
        map_x, map_y = (x - LEFT) * SCALE_PX - 0.5, (y - TOP) * SCALE_PX - 0.5
        depth = cv2.remap(depth_map, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen: Floats = np.zeros((height, width, layers.shape[2]), np.float32)
    seen[rows, columns] = cv2.remap(layers, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return seen


def _window(pose: Pose, scale: float, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns outside which nothing of the plate can be seen."""
    shift = 1.5 * max(abs(np.sin(pose.yaw)), abs(np.sin(pose.pitch)))
    low = BOTTOM + CHIN_DROP + shift
    cos, sin = np.cos(pose.roll), np.sin(pose.roll)
    edges = [(u, v) for u in (LEFT - shift, RIGHT + shift) for v in (TOP - shift, low)]
    corners = [(u * cos - v * sin, u * sin + v * cos) for u, v in edges]
    ends = []
    for axis, (middle, length) in enumerate(((pose.x * size[1], size[1]), (pose.y * size[0], size[0]))):
        places = [middle + scale * corner[axis] for corner in corners]
        first = int(np.clip(np.floor(min(places)) - 2, 0, length - 1))
        ends.append(slice(first, int(np.clip(np.ceil(max(places)) + 3, first + 1, length))))
    return ends[1], ends[0]


def _close(y: Floats, jaw: float) -> Floats:
    """Heights of an open jaw's picture brought back to those of a closed one."""
    part = np.clip((y - CHIN_FROM) / (CHIN_SPAN + CHIN_DROP * jaw), 0, 1)
    moved: Floats = y - CHIN_DROP * jaw * part * part * (3 - 2 * part)
    return moved
