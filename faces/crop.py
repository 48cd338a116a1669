"""The formats that a face is cut to, by name, and the cutting.

"224x224x3" leaves the usual margin about the face, "224x224x3-close" none, for networks that learned on faces that fill
the picture; "48x48x1" is what PPVC's ConvNet takes (Pentyala, Dowsley, De Cock, ICML 2021).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from faces.align import MARGIN, align_crop
from faces.face import Face
from faces.image import Picture, require_rgb

GREY_SIDE_PX = 48
WIDE, CLOSE, GREY = "224x224x3", "224x224x3-close", "48x48x1"


@dataclass(frozen=True)
class Cut:
    """margin: about the face, as faces.align has it. grey: made 48x48 grey afterwards."""

    margin: float = MARGIN
    grey: bool = False


CUTS: Mapping[str, Cut] = {WIDE: Cut(), CLOSE: Cut(margin=0.0), GREY: Cut(grey=True)}


def cut(rgb: Picture, face: Face, name: str) -> Picture:
    """The face, upright, in a format.

    Args:
        rgb: uint8 [H, W, 3], the picture the face was found in.
        name: one of CUTS.

    Returns:
        uint8 [224, 224, 3] RGB, or [48, 48] luma.

    Raises:
        ImageError, AlignmentError: as align_crop says. KeyError: no such format.
    """
    wanted = CUTS[name]
    crop = align_crop(rgb, face, margin=wanted.margin)
    return grey48(crop) if wanted.grey else crop


def margin_of(name: str) -> float:
    """About the face in crops of this format; the usual one where the name is none of CUTS."""
    return CUTS[name].margin if name in CUTS else MARGIN


def closer(crop: Picture) -> Picture:
    """The close crop that a wide one holds: its inner square, enlarged. uint8 [S, S, 3] to the same.

    Raises:
        ImageError: crop is not such an array.
    """
    require_rgb(crop)
    side = crop.shape[0]
    scale = 1 + 2 * MARGIN
    shift = side / 2 * (1 - scale)
    matrix = np.array([[scale, 0.0, shift], [0.0, scale, shift]])
    inner: Picture = cv2.warpAffine(crop, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return inner


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
