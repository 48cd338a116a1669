"""Maps as pictures: laid over the crop, red where something speaks for pain, blue where it speaks against it."""

from __future__ import annotations

import base64

import cv2
import numpy as np
from numpy.typing import NDArray

from training.explain.maps import Map, Pixels

FOR, AGAINST = np.array([214.0, 24.0, 48.0]), np.array([28.0, 103.0, 190.0])
"""RGB."""
VEIL = 0.45
"""How grey the crop becomes under a map."""
SHOWN_PX = 224

Rgb = NDArray[np.uint8]


def as_rgb(pixels: Pixels) -> Rgb:
    """uint8 [C, H, W], C 1 or 3, as [224, 224, 3]."""
    image = np.ascontiguousarray(np.broadcast_to(pixels, (3, *pixels.shape[1:])).transpose(1, 2, 0))
    return np.asarray(cv2.resize(image, (SHOWN_PX, SHOWN_PX), interpolation=cv2.INTER_LINEAR), np.uint8)


def overlay(background: Rgb, found: Map, top: float, blocks: bool = False) -> Rgb:
    """A map over a picture of [224, 224, 3].

    Args:
        top: the amount that is drawn in full, above 0. Larger ones look the same.
        blocks: draw squares as they are, not smoothed.
    """
    how = cv2.INTER_NEAREST if blocks else cv2.INTER_LINEAR
    amount = np.clip(cv2.resize(found / max(top, 1e-12), background.shape[1::-1], interpolation=how), -1, 1)[..., None]
    grey = background.mean(axis=2, keepdims=True)
    dimmed = (1 - VEIL) * background + VEIL * grey
    colour = np.where(amount > 0, FOR, AGAINST)
    cover = 0.8 * np.abs(amount) ** 0.7
    return np.asarray(np.clip((1 - cover) * dimmed + cover * colour, 0, 255).round(), np.uint8)


def hidden() -> Rgb:
    """In the place of a face that is not to be shown."""
    return np.full((SHOWN_PX, SHOWN_PX, 3), 128, np.uint8)


def png(image: Rgb) -> bytes:
    """Of uint8 [H, W, 3] RGB."""
    done, data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    if not done:
        raise ValueError(f"no PNG of {image.shape}")
    return bytes(data)


def inline(image: Rgb, words: str) -> str:
    """An <img> that holds the picture itself. words: plain text without quotes, for those who do not see it."""
    return f'<img alt="{words}" src="data:image/png;base64,{base64.b64encode(png(image)).decode()}">'
