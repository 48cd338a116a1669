"""The drawn people of imitated sets, one after the other in front of the same camera."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import cv2
import numpy as np

from faces.image import Picture
from training.synth.face import FaceParams, Studio
from training.synth.identity import Identity
from training.synth.lens import Lens
from training.synth.light import Light
from training.synth.pose import Pose
from training.synth.splits import seed_of
from training.synth.units import ActionUnits, Movement

FIRST = 60_000
"""Of the training seeds; training draws its people from the beginning of them."""

EMOTION_UNITS = {
    "neutral": ActionUnits(),
    "calm": ActionUnits(au12=0.8),
    "happy": ActionUnits(au6=3, au12=4.5),
    "sad": ActionUnits(au4=2, stretch=-0.4),
    "angry": ActionUnits(au4=4, au7=3),
    "fear": ActionUnits(au4=1, jaw=0.4, stretch=0.6),
    "disgust": ActionUnits(au9=4, au10=3),
    "surprise": ActionUnits(jaw=0.9),
    "contempt": ActionUnits(au12=1.5, au10=1),
}
"""A posed expression for each emotion (after Ekman); near enough to tell files apart."""


@lru_cache(maxsize=8)
def drawn_subject(number: int, size: tuple[int, int], closeness: float = 130.0) -> DrawnSubject:
    """The same as DrawnSubject(...), kept for the next tree."""
    return DrawnSubject(number, size, closeness)


class DrawnSubject:
    """One person in one room.

    Args:
        number: which one, 0..1000.
        size: of pictures, (height, width).
        closeness: the distance between the eyes, in pixels of a picture 640 wide.
    """

    def __init__(self, number: int, size: tuple[int, int], closeness: float = 130.0) -> None:
        rng = np.random.default_rng([number, 31])
        identity = Identity.from_seed(seed_of("train", FIRST + number))
        light = replace(
            Light.random(rng), azimuth=float(rng.uniform(-0.6, 0.6)), elevation=float(rng.uniform(0.4, 0.8))
        )
        pose = Pose(x=0.5, y=0.42, eyes_px=closeness, yaw=float(rng.uniform(-0.1, 0.1)))
        self._params = FaceParams(identity, pose=pose, light=light, scene=int(rng.integers(2**31)))
        self._studio = Studio(identity, light, self._params.scene, size)

    def picture(self, units: ActionUnits, moment: int = 0) -> Picture:
        """uint8 [height, width, 3] RGB; moments differ by a small movement and by noise."""
        sway = 0.004 * float(np.sin(0.9 * moment))
        pose = replace(self._params.pose, x=self._params.pose.x + sway)
        lens = Lens(noise=1.0, blur_px=0.3, seed=moment)
        return self._studio.picture(replace(self._params, movement=Movement.of(units), pose=pose, lens=lens))


def encoded(picture: Picture, suffix: str) -> bytes:
    """As a file of that suffix (.png or .jpg)."""
    there, data = cv2.imencode(suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not there:
        raise ValueError(f"no encoder for {suffix}")
    return bytes(data.tobytes())
