"""From relief and reflectance to the colour that a camera would see: one lamp, the room's light, a little shine."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from training.synth.plate import SCALE_PX, Floats, Plate


@dataclass(frozen=True)
class Light:
    """Where light comes from.

    Attributes:
        azimuth, elevation: of the lamp, radians; azimuth > 0 is the picture's right, elevation > 0 above.
        lamp, room: strengths, linear, 0..1.5.
        warmth: -1 (blue) .. 1.5 (orange).
        infrared: whether nothing but near infrared is seen: grey, and skins nearly alike (Identity.in_infrared).
    """

    azimuth: float = -0.5
    elevation: float = 0.6
    lamp: float = 0.75
    room: float = 0.4
    warmth: float = 0.1
    infrared: bool = False

    @classmethod
    def random(cls, rng: np.random.Generator) -> Light:
        """A lamp, a window or a ceiling light of a bedroom."""
        return cls(
            azimuth=rng.uniform(-1.1, 1.1),
            elevation=rng.uniform(0.1, 1.1),
            lamp=rng.uniform(0.4, 0.9),
            room=rng.uniform(0.25, 0.6),
            warmth=rng.uniform(-0.5, 0.9),
        )

    @classmethod
    def night(cls, rng: np.random.Generator) -> Light:
        """A bedside lamp across a dark room: warm, one-sided, little of it."""
        return cls(
            azimuth=rng.uniform(-1.1, 1.1),
            elevation=rng.uniform(0.0, 0.7),
            lamp=rng.uniform(0.08, 0.2),
            room=rng.uniform(0.03, 0.08),
            warmth=rng.uniform(0.7, 1.5),
        )

    @classmethod
    def night_vision(cls, rng: np.random.Generator) -> Light:
        """The lamp of a camera that sees in the dark: beside its lens, in near infrared."""
        return cls(
            azimuth=rng.uniform(-0.3, 0.3),
            elevation=rng.uniform(0.0, 0.4),
            lamp=rng.uniform(0.6, 1.0),
            room=rng.uniform(0.05, 0.15),
            warmth=0.0,
            infrared=True,
        )

    @property
    def colour(self) -> Floats:
        """Linear RGB of the lamp's white."""
        return np.array([1 + 0.16 * self.warmth, 1.0, 1 - 0.22 * self.warmth], np.float32)


def shade(plate: Plate, light: Light) -> Floats:
    """Linear RGB, float32 [H, W, 3]: Lambert's law with a soft terminator, hollows darkened, a Blinn highlight."""
    relief = cv2.GaussianBlur(plate.relief, (0, 0), 0.7)
    dx = cv2.Sobel(relief, cv2.CV_32F, 1, 0, scale=SCALE_PX / 8)
    dy = cv2.Sobel(relief, cv2.CV_32F, 0, 1, scale=SCALE_PX / 8)
    inverse = 1 / np.sqrt(dx * dx + dy * dy + 1)
    toward = np.array(
        [
            np.sin(light.azimuth) * np.cos(light.elevation),
            -np.sin(light.elevation),
            np.cos(light.azimuth) * np.cos(light.elevation),
        ],
        np.float32,
    )
    toward /= np.linalg.norm(toward)
    facing = (-dx * toward[0] - dy * toward[1] + toward[2]) * inverse
    lit = np.clip((facing + 0.25) / 1.25, 0, None)
    hollow = np.clip(1 + 5.0 * (relief - cv2.GaussianBlur(relief, (0, 0), 5.0)), 0.5, 1.12)
    halfway = toward + np.array([0, 0, 1], np.float32)
    halfway /= np.linalg.norm(halfway)
    shine = np.clip((-dx * halfway[0] - dy * halfway[1] + halfway[2]) * inverse, 0, 1)
    shine = (shine * shine) ** 2  # to the 24th power: 4, 8, then 8 * 16
    shine = shine * shine
    shine = shine * shine * shine * plate.gloss * 0.16
    amount = (light.lamp * lit + light.room * (0.6 + 0.4 * inverse)) * hollow
    colour: Floats = (plate.colour * amount[..., None] + (light.lamp * shine)[..., None]) * light.colour
    return colour.astype(np.float32)
