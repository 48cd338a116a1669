"""The two kinds of picture this package takes, and the check that an array is one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from faces.errors import ImageError

Picture = NDArray[np.uint8]
"""uint8, [H, W, 3] RGB or [H, W] luma, 0..255 full range."""


def require_rgb(picture: NDArray[Any]) -> None:
    """Raise ImageError unless picture is uint8 [H, W, 3] with H, W >= 1."""
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or 0 in picture.shape:
        raise ImageError("uint8 [H, W, 3]", str(picture.dtype), picture.shape)


def require_luma(picture: NDArray[Any], side_px: int = 1) -> None:
    """Raise ImageError unless picture is uint8 [H, W] with H, W >= side_px."""
    if picture.dtype != np.uint8 or picture.ndim != 2 or min(picture.shape) < side_px:
        raise ImageError(f"uint8 [H, W], H and W at least {side_px}", str(picture.dtype), picture.shape)
