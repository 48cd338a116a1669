"""The second crop format: 48x48 grey, what PPVC's ConvNet takes (Pentyala, Dowsley, De Cock, ICML 2021)."""

from __future__ import annotations

import cv2

from faces.image import Picture, require_rgb

GREY_SIDE_PX = 48


def grey48(crop: Picture) -> Picture:
    """The luma of an aligned crop, at 48x48.

    Args:
        crop: uint8 [S, S, 3] RGB.

    Returns:
        uint8 [48, 48], ITU-R BT.601 luma, area-averaged.

    Raises:
        ImageError: crop is not such an array.
    """
    require_rgb(crop)
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    small: Picture = cv2.resize(luma, (GREY_SIDE_PX, GREY_SIDE_PX), interpolation=cv2.INTER_AREA)
    return small
