"""Crops as a camera in a room might have given them, for the second reader and for the switch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from faces.image import Picture
from training.data.augment import Augmentation
from training.data.dataset import shrink, vary
from training.data.inputs import Images
from training.data.pictures import Pictures

SIDE = 224
DRAWN = Augmentation(
    rotation_deg=8, colour=0.3, occlusion=0.15, occlusion_area=0.1, blur=0.25, blur_px=3.0, low_light=0.15
)
DRAWN_REACH_PX = 12
PHOTOGRAPHED = Augmentation(rotation_deg=15, colour=0.4, occlusion=0.3, blur=0.3, blur_px=4.0, low_light=0.3)
PHOTOGRAPHED_REACH_PX = 16
RECONTRASTED = 0.5
"""How many drawn views get another contrast and saturation: photographs have more of the one, less of the other."""
CONTRAST, SATURATION = (0.8, 1.6), (0.3, 1.1)
SMALLEST_PX, LARGEST = 40, 0.8
"""Of the squares cut from photographs: the side, and the largest one's part of the picture."""


def drawn_views(pictures: Pictures, count: int, rng: np.random.Generator) -> Iterator[Picture]:
    """So many of the crops, in an order of chance and again from its beginning, changed: uint8 [224, 224, 3]."""
    order = rng.permutation(len(pictures.levels))
    for index in range(count):
        crop = pictures.crop(int(order[index % len(order)]))
        changed = recontrasted(crop, rng) if rng.uniform() < RECONTRASTED else crop
        yield DRAWN(shrink(vary(changed, rng, DRAWN_REACH_PX), SIDE), rng)


def face_views(photographs: Images, count: int, rng: np.random.Generator) -> Iterator[Picture]:
    """So many of the photographed crops, in turn, changed: uint8 [224, 224, 3]."""
    for index in range(count):
        crop = photographs[index % len(photographs)]
        yield PHOTOGRAPHED(shrink(vary(crop, rng, PHOTOGRAPHED_REACH_PX), SIDE), rng)


def square_views(samples: Sequence[Picture], count: int, rng: np.random.Generator) -> Iterator[Picture]:
    """Squares of any size from anywhere in photographs, changed: uint8 [224, 224, 3]. They show how lenses and skin,
    hair and cloth look, whatever is in them."""
    for _ in range(count):
        picture = samples[int(rng.integers(len(samples)))]
        largest = max(SMALLEST_PX + 1, LARGEST * min(picture.shape[:2]))
        side = min(int(np.exp(rng.uniform(np.log(SMALLEST_PX), np.log(largest)))), *picture.shape[:2])
        y, x = (int(rng.integers(length - side + 1)) for length in picture.shape[:2])
        way = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
        square = cv2.resize(np.ascontiguousarray(picture[y : y + side, x : x + side]), (SIDE, SIDE), interpolation=way)
        yield PHOTOGRAPHED(np.asarray(square, np.uint8), rng)


def recontrasted(crop: Picture, rng: np.random.Generator) -> Picture:
    """Of another contrast about its mean colour, and another saturation: uint8 [H, W, 3]."""
    values = crop.astype(np.float32)
    mean = values.mean((0, 1))
    values = (values - mean) * rng.uniform(*CONTRAST) + mean
    grey = values.mean(2, keepdims=True)
    return np.asarray(np.clip(grey + (values - grey) * rng.uniform(*SATURATION), 0, 255), np.uint8)
