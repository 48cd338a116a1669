"""Faces turned in the picture's plane, with what is true of them."""

from __future__ import annotations

import math

import cv2
import numpy as np

EYES = np.array([[204, 102], [249, 104]], float)
"""The pupils of the portrait, read off by eye."""


def turned(rgb: np.ndarray, eyes: np.ndarray, degrees: float, eyes_px: float) -> np.ndarray:
    """640x480 with the point between the eyes in its middle, turned clockwise, the eyes so far apart."""
    scale = eyes_px / math.dist(*eyes)
    turn = cv2.getRotationMatrix2D(tuple(eyes.mean(axis=0)), -degrees, scale)
    turn[:, 2] += (320, 240) - eyes.mean(axis=0)
    return cv2.warpAffine(rgb, turn, (640, 480), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


def roll_of(eyes: np.ndarray) -> float:
    """Degrees clockwise."""
    across = eyes[1] - eyes[0]
    return math.degrees(math.atan2(across[1], across[0]))


def apart(a: float, b: float) -> float:
    """Degrees between two directions, 0..180."""
    return abs((a - b + 180) % 360 - 180)
