"""Watched people and residents are cut as the plan says, from the picture itself, and kept apart by format."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from faces.crop import CLOSE, GREY, WIDE, closer
from training.evaluation.clips import Bank
from training.evaluation.watch import FIRST_PERSON, PERIOD_S, Watch, cut_for, seen
from training.synth.video import Take


def sharpness(crop: np.ndarray) -> float:
    """The mean square of its Laplacian."""
    return float((cv2.Laplacian(crop, cv2.CV_64F) ** 2).mean())


def test_a_close_crop_is_sharper_than_one_out_of_a_wide_one() -> None:
    """One picture of one person, twice the same but for the cut: as a room cuts it, and enlarged afterwards."""
    take = Take.of(FIRST_PERSON, 60.0, "test")
    cuts = {crop: seen(take, PERIOD_S, np.random.default_rng(1), crop) for crop in (WIDE, CLOSE)}
    ((_, level, wide),), ((_, same, close),) = cuts[WIDE], cuts[CLOSE]
    assert level == same and wide.shape == close.shape
    assert sharpness(close) > sharpness(closer(wide))
    assert np.abs(close.astype(int) - closer(wide)).mean() < np.abs(close.astype(int) - wide).mean() / 4


def test_formats_have_files_of_their_own() -> None:
    folder = Path("runs")
    for made in (Watch, Bank):
        assert made(crop=cut_for(GREY)).file(folder) == made().file(folder) == made(crop=WIDE).file(folder)
        assert made(crop=cut_for(CLOSE)).file(folder) != made().file(folder)
