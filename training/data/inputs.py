"""Crops as networks take them: of the network's size, its channels first."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from faces.crop import grey48
from training.errors import InputError

Images = NDArray[np.uint8]
"""uint8 [n, H, W, C]."""


def fitted(images: Images, shape: tuple[int, ...]) -> list[Images]:
    """Crops uint8 [n, H, W, C] as inputs uint8 [C, H, W] of a network.

    Raises:
        InputError: they cannot be made from these crops.
    """
    channels, height, width = shape
    if images.shape[3] == channels:
        sized = [_sized(image, (height, width)) for image in images]
    elif channels == 1 and (height, width) == (48, 48) and images.shape[1:] == (224, 224, 3):
        sized = [grey48(image) for image in images]
    else:
        raise InputError(f"the network takes {list(shape)}, the crops are {list(images.shape[1:])}")
    return [np.ascontiguousarray(image.reshape(height, width, channels).transpose(2, 0, 1)) for image in sized]


def _sized(image: Images, size: tuple[int, int]) -> Images:
    if image.shape[:2] == size:
        return image
    return np.asarray(cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA), np.uint8)
