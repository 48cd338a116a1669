"""Aligned crops of drawn faces with the places of their landmarks, and the changes made to both while training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from faces.align import align_crop, alignment
from faces.detect import Detector
from training.data.build import FRONT, HOURS, LEVELS, QUALITY
from training.data.dataset import relight, to_input
from training.networks.landmarker import INPUT_PX
from training.synth.face import SIZE, FaceParams, Studio
from training.synth.front import Front
from training.synth.identity import Identity
from training.synth.landmarks import LANDMARKS, landmarks
from training.synth.lens import Lens, compress
from training.synth.light import Light
from training.synth.sampling import units_for
from training.synth.splits import seed_of

FIRST_PERSON = {"train": 70_000, "test": 23_000}
"""Nobody that anything else is trained or measured on."""
TURN_DEG, ZOOM, SHIFT = 12.0, 0.12, 0.06
"""How far a crop is turned, scaled and moved in training: beyond what alignment leaves."""
MIRRORED = np.array(
    [
        LANDMARKS.index(name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right"))
        for name in LANDMARKS
    ]
)
"""Which landmark of a face is each landmark of its mirror image."""


@dataclass(frozen=True)
class LandmarkSet:
    """images: uint8 [n, 224, 224, 3]. points: float32 [n, 24, 2], parts of the crop's side, (x, y)."""

    images: NDArray[np.uint8]
    points: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.points)

    def save(self, path: Path) -> None:
        """Whole or not at all."""
        partial = path.with_suffix(".partial.npz")
        np.savez(partial, images=self.images, points=self.points)
        partial.rename(path)

    @classmethod
    def load(cls, path: Path) -> LandmarkSet:
        """Of a file that save wrote. Raises OSError, or KeyError for another kind of file."""
        with np.load(path) as arrays:
            return cls(arrays["images"], arrays["points"])


def drawn(split: str, people: int, report: Callable[[int], None] = lambda done: None) -> LandmarkSet:
    """Of so many people of "train" or "test", found and aligned as a room does; those not found are left out.

    By day and night, and with what is in front of faces, as build.samples_of draws them.

    Raises ValueError: no face was found in any picture.
    """
    detector = Detector()
    images: list[NDArray[np.uint8]] = []
    points: list[NDArray[np.float32]] = []
    for number in range(people):
        for image, places in _person(seed_of(split, FIRST_PERSON[split] + number), detector):
            images.append(image)
            points.append(places)
        report(number + 1)
    if not images:
        raise ValueError("no face was found in any drawn picture; draw more people")
    return LandmarkSet(np.stack(images), np.stack(points))


def _person(seed: int, detector: Detector) -> list[tuple[NDArray[np.uint8], NDArray[np.float32]]]:
    rng = np.random.default_rng([seed, 18])
    identity, scene = Identity.from_seed(seed), int(rng.integers(2**31))
    hour = str(rng.choice(list(HOURS), p=list(HOURS.values())))
    light = {"day": Light.random, "night": Light.night, "infrared": Light.night_vision}[hour](rng)
    studio, found = Studio(identity, light, scene), []
    for level in range(LEVELS):
        params = FaceParams.random(identity, units_for(level, rng), int(rng.integers(2**31)))
        front = Front.random(rng)[1] if rng.uniform() < FRONT else Front()
        lens = params.lens if hour == "day" else Lens.night(rng)
        params = replace(params, light=light, scene=scene, lens=lens, front=front)
        picture = compress(studio.picture(params), int(rng.integers(*QUALITY)))
        faces = detector.detect(picture)
        if faces:
            image = align_crop(picture, faces[0])
            seen = landmarks(params, studio.plate(params), SIZE)
            matrix = alignment(faces[0], image.shape[0])
            placed = seen @ matrix[:, :2].T + matrix[:, 2]
            found.append((image, ((placed + 0.5) / image.shape[0]).astype(np.float32)))
    return found


def batches(found: LandmarkSet, size: int, rng: np.random.Generator | None = None) -> list[NDArray[np.int64]]:
    """Indices, `size` at a time, shuffled where there is an rng."""
    order = rng.permutation(len(found)) if rng is not None else np.arange(len(found))
    return [order[first : first + size] for first in range(0, len(order), size)]


def varied(found: LandmarkSet, chosen: NDArray[np.int64], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Crops turned, scaled, moved, mirrored and relit: float [n, 3, 112, 112] and their points, float [n, 24, 2]."""
    images, points = zip(*(_vary(found.images[index], found.points[index], rng) for index in chosen), strict=True)
    return relight(to_input(np.stack(images)), rng), torch.from_numpy(np.stack(points))


def _vary(
    image: NDArray[np.uint8], points: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    side = image.shape[0]
    turn = cv2.getRotationMatrix2D(
        ((side - 1) / 2, (side - 1) / 2), rng.uniform(-TURN_DEG, TURN_DEG), rng.uniform(1 - ZOOM, 1 + ZOOM)
    )
    turn[:, 2] += rng.uniform(-SHIFT, SHIFT, 2) * side
    view = cv2.warpAffine(image, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    view = cv2.resize(view, (INPUT_PX, INPUT_PX), interpolation=cv2.INTER_AREA)
    moved = (points * side - 0.5) @ turn[:, :2].T + turn[:, 2]
    moved = ((moved + 0.5) / side).astype(np.float32)
    if rng.uniform() < 0.5:
        view, moved = np.ascontiguousarray(view[:, ::-1]), (moved * (-1, 1) + (1, 0))[MIRRORED].astype(np.float32)
    return np.asarray(view, np.uint8), moved
