"""A person who does not exist: the geometry, age and colours of a face, all drawn from one seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]

SKIN_SRGB = (
    (253, 224, 208), (244, 203, 180), (229, 178, 148), (205, 148, 112), (166, 112, 78), (120, 77, 52), (80, 51, 38),
)  # fmt: skip
"""From the lightest to the darkest skin; a tone 0..1 interpolates along it."""
HAIR_SRGB = ((35, 27, 23), (70, 48, 34), (112, 82, 52), (165, 128, 82), (150, 74, 44), (176, 172, 168), (222, 220, 216))
IRIS_SRGB = ((62, 40, 26), (92, 62, 36), (88, 98, 60), (74, 108, 140), (110, 122, 130))
HAIR_STYLES = ("bald", "receding", "short", "parted", "long")
SEXES = ("female", "male")
HAIR_OF = {"female": (0.02, 0.03, 0.2, 0.33, 0.42), "male": (0.18, 0.24, 0.34, 0.17, 0.07)}
"""How often each of HAIR_STYLES is worn."""
GLASSES = 0.35
"""How many wear them."""


def linear(srgb: tuple[float, float, float] | NDArray[np.float64]) -> NDArray[np.float32]:
    """sRGB 0..255 to linear 0..1 (a power of 2.2 is near enough for paint)."""
    return ((np.asarray(srgb, np.float64) / 255) ** 2.2).astype(np.float32)


@dataclass(frozen=True)
class Identity:
    """What stays the same about a face. Lengths in units of the distance between the pupils; age and amounts 0..1.

    `sex` is one of SEXES: how the face is drawn (jaw, chin, brows, lips, lashes, stubble, hair), in overlapping ranges.
    """

    seed: int
    sex: str
    face_width: float
    face_length: float
    jaw_width: float
    age: float
    fullness: float
    eye_width: float
    eye_upper: float
    eye_lower: float
    eye_tilt: float
    hooded: float
    brow_height: float
    brow_thickness: float
    brow_arch: float
    nose_length: float
    nose_width: float
    nose_height: float
    mouth_width: float
    mouth_height: float
    mouth_droop: float
    lip_upper: float
    lip_lower: float
    skin: Colour
    lips: Colour
    hair: Colour
    iris: Colour
    blush: float
    freckles: float
    stubble: float
    hair_style: str
    hairline: float
    glasses: bool

    @classmethod
    def from_seed(cls, seed: int) -> Identity:
        """The person of a seed; the same one each time."""
        rng = np.random.default_rng([seed, 1])
        age = float(np.clip(rng.beta(1.6, 1.2), 0.02, 1.0))
        skin = _skin(rng)
        sex = str(np.random.default_rng([seed, 16]).choice(SEXES))
        man = sex == "male"
        lips = skin * np.array([0.88, 0.62, 0.62]) * rng.uniform(0.85, 1.05) + np.array([0.03, 0.0, 0.005])
        if not man:
            lips = lips * np.array([1.08, 0.84, 0.88])
        return cls(
            seed=seed,
            sex=sex,
            face_width=rng.uniform(0.94, 1.1) if man else rng.uniform(0.92, 1.06),
            face_length=rng.uniform(0.97, 1.09) if man else rng.uniform(0.93, 1.03),
            jaw_width=rng.uniform(0.94, 1.12) if man else rng.uniform(0.82, 0.98),
            age=age,
            fullness=rng.uniform(0.0, 1.0),
            eye_width=rng.uniform(0.225, 0.27),
            eye_upper=rng.uniform(0.1, 0.125) if man else rng.uniform(0.107, 0.132),
            eye_lower=rng.uniform(0.06, 0.08),
            eye_tilt=rng.uniform(-0.02, 0.03),
            hooded=float(np.clip(rng.uniform(-0.3, 0.6) + 0.3 * age, 0, 1)),
            brow_height=rng.uniform(0.33, 0.38) if man else rng.uniform(0.36, 0.42),
            brow_thickness=rng.uniform(0.042, 0.068) if man else rng.uniform(0.026, 0.046),
            brow_arch=rng.uniform(0.015, 0.045) if man else rng.uniform(0.035, 0.08),
            nose_length=rng.uniform(0.66, 0.78) + 0.04 * age,
            nose_width=rng.uniform(0.25, 0.34) if man else rng.uniform(0.22, 0.31),
            nose_height=rng.uniform(0.22, 0.34),
            mouth_width=rng.uniform(0.38, 0.48),
            mouth_height=rng.uniform(1.1, 1.2) + 0.03 * age,
            mouth_droop=rng.uniform(-0.015, 0.02) + 0.02 * age,
            lip_upper=rng.uniform(0.045, 0.075) * (1 if man else 1.25) * (1 - 0.35 * age),
            lip_lower=rng.uniform(0.075, 0.11) * (1 if man else 1.15) * (1 - 0.3 * age),
            skin=_colour(skin),
            lips=_colour(np.clip(lips, 0.01, 1)),
            hair=_colour(_hair(rng, age)),
            iris=_colour(linear(IRIS_SRGB[rng.integers(len(IRIS_SRGB))]) * rng.uniform(0.8, 1.2)),
            blush=rng.uniform(0.0, 1.0),
            freckles=float(max(0.0, rng.uniform(-0.5, 0.6) + 0.5 * age)),
            stubble=float(max(0.0, rng.uniform(-0.5, 1.0))) * man,
            hair_style=str(rng.choice(HAIR_STYLES, p=HAIR_OF[sex])),
            hairline=rng.uniform(-1.25, -0.95),
            glasses=bool(rng.uniform() < GLASSES),
        )

    def in_infrared(self) -> Identity:
        """The same person's reflectances at 850 nm, where melanin hardly absorbs: skin and lips are pale and alike."""
        skin = 0.4 + 0.3 * np.array(self.skin)
        hair, iris = 0.08 + 0.6 * np.array(self.hair), 0.12 + 0.3 * np.array(self.iris)
        return replace(
            self, skin=_colour(skin), lips=_colour(0.9 * skin), hair=_colour(hair), iris=_colour(iris), blush=0.0
        )

    @property
    def chin(self) -> float:
        """y of the chin."""
        return 1.85 * self.face_length


def _skin(rng: np.random.Generator) -> NDArray[np.float64]:
    place = rng.uniform(0, len(SKIN_SRGB) - 1.001)
    first, part = int(place), place - int(place)
    tone = (1 - part) * np.array(SKIN_SRGB[first], float) + part * np.array(SKIN_SRGB[first + 1], float)
    return linear(np.clip(tone + rng.normal(0, 2.5, 3), 20, 255)).astype(float)


def _hair(rng: np.random.Generator, age: float) -> NDArray[np.float64]:
    grey = rng.uniform() < 1.6 * (age - 0.3)
    index = rng.integers(5, 7) if grey else rng.integers(0, 5)
    return linear(HAIR_SRGB[index]).astype(float) * rng.uniform(0.8, 1.1)


def _colour(values: NDArray[np.floating]) -> Colour:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
