"""The formats of crops: what each leaves about the face, and the close crop out of a wide one."""

from __future__ import annotations

import numpy as np
import pytest

from faces.align import align_crop, alignment, eye_places
from faces.crop import CLOSE, CUTS, WIDE, closer, cut, grey48
from faces.errors import ImageError
from faces.face import Face


@pytest.mark.parametrize(("name", "margin"), [(WIDE, 0.15), (CLOSE, 0.0)])
def test_each_format_puts_the_eyes_where_its_margin_says(
    name: str, margin: float, portrait: np.ndarray, face: Face
) -> None:
    crop = cut(portrait, face, name)
    assert crop.shape == (224, 224, 3) and np.array_equal(crop, align_crop(portrait, face, margin=margin))
    eyes = alignment(face, margin=margin) @ np.vstack([face.landmarks[:2].T, np.ones(2)])
    assert np.allclose(eyes.mean(axis=1), np.mean(eye_places(224, margin), axis=0))


def test_grey_crops_have_the_usual_margin(portrait: np.ndarray, face: Face) -> None:
    assert np.array_equal(cut(portrait, face, "48x48x1"), grey48(align_crop(portrait, face)))
    assert set(CUTS) == {WIDE, CLOSE, "48x48x1"}


def test_a_wide_crop_holds_the_close_one(portrait: np.ndarray, face: Face) -> None:
    """The same place and size: what differs is sampling twice, so that a shift by two pixels fits worse."""
    wide, close = cut(portrait, face, WIDE), cut(portrait, face, CLOSE).astype(int)

    def apart(shift: int) -> float:
        moved = np.roll(closer(wide).astype(int), shift, axis=(0, 1))
        return float(np.abs(moved - close)[8:-8, 8:-8].mean())

    assert apart(0) < min(apart(-2), apart(2))
    with pytest.raises(ImageError):
        closer(wide[..., 0])


def test_grey48_is_the_average_of_the_luma(portrait: np.ndarray, face: Face) -> None:
    crop = np.zeros((96, 96, 3), np.uint8)
    crop[:, :, 1] = 200  # green: 0.587 of BT.601's luma
    crop[0:2, 0:2] = [0, 0, 255]
    grey = grey48(crop)
    assert grey.shape == (48, 48) and grey.dtype == np.uint8
    assert grey[1, 1] == round(0.587 * 200) and grey[0, 0] == round(0.114 * 255)
    assert grey48(align_crop(portrait, face)).std() > 20
    with pytest.raises(ImageError):
        grey48(grey)
