"""DC images: a picture at an eighth of its size, one mean per 8x8 block, and how far two of them are apart.

Source: B.-L. Yeo, B. Liu, "Rapid scene analysis on compressed video", IEEE Trans. Circuits and Systems for Video
Technology 5(6), 1995, sections II and III. There the DC image is read from the DCT of a compressed picture, where the
DC term of a block is eight times its mean; here it is computed from decoded luma, so it is the mean itself.
"""

from __future__ import annotations

import numpy as np

from faces.errors import ImageError
from faces.image import Picture, require_luma

BLOCK_PX = 8


def dc_image(luma: Picture) -> Picture:
    """The DC image of a luma plane.

    Args:
        luma: uint8 [H, W], 0..255, H and W at least 8. Rows and columns past the last whole block are left out.

    Returns:
        uint8 [H // 8, W // 8]: block means, rounded to nearest, halves up.

    Raises:
        ImageError: luma is not such an array.
    """
    require_luma(luma, side_px=BLOCK_PX)
    rows, columns = luma.shape[0] // BLOCK_PX, luma.shape[1] // BLOCK_PX
    whole = luma[: rows * BLOCK_PX, : columns * BLOCK_PX]
    bands = whole.reshape(rows, BLOCK_PX, columns * BLOCK_PX).sum(axis=1, dtype=np.uint16)
    blocks = bands.reshape(rows, columns, BLOCK_PX).sum(axis=2, dtype=np.uint16)  # at most 64 * 255
    means: Picture = ((blocks + np.uint16(32)) >> np.uint16(6)).astype(np.uint8)
    return means


def dc_difference(a: Picture, b: Picture) -> float:
    """The sum of absolute differences of two DC images, divided by their number of blocks.

    Yeo and Liu's metric d(X, Y) = sum |x_ij - y_ij| (their section III-A), normalised so that a threshold does not
    depend on the picture's size.

    Returns:
        0.0 (equal) to 255.0, in grey levels per block.

    Raises:
        ImageError: one is not uint8 [h, w], or their shapes differ.
    """
    require_luma(a)
    require_luma(b)
    if a.shape != b.shape:
        raise ImageError(f"a DC image of shape {list(a.shape)}", str(b.dtype), b.shape)
    return float(np.abs(a.astype(np.int16) - b.astype(np.int16)).mean())
