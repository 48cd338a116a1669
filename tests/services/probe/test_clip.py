"""The clip that ships reads as severe pain, whenever it is looked at, by the networks that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faces.align import align_crop
from faces.crop import CLOSE, closer
from faces.detect import Detector
from faces.turns import Habit
from services.alerts.policy.thresholds import SEVERE
from services.probe.settings import CLIP
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from video.file import pictures

MODELS = Path(__file__).parents[3] / "models"
SIZE, LOOKS = 224, 4


@pytest.fixture(scope="module")
def crops() -> list[np.ndarray]:
    """Wide crops of the face, some seconds apart, as a room cuts them."""
    shown = [picture.to_ndarray(format="rgb24") for _, picture in pictures(CLIP)]
    detector, habit, found = Detector(), Habit(), []
    for picture in shown[:: len(shown) // LOOKS]:
        best = detector.look(picture, habit).best
        assert best is not None
        found.append(align_crop(picture, best, SIZE))
    return found


@pytest.mark.parametrize("name", ["expression-real", "expression-narrow", "squeezenet-synthetic"])
def test_it_reads_as_severe_pain(name: str, crops: list[np.ndarray]) -> None:
    bundle = Bundle.load(MODELS / name)
    reference = Reference(bundle.plan, bundle.weights)
    cut = closer if bundle.plan.crop_format == CLOSE else lambda crop: crop
    levels = [reference.run(cut(crop).transpose(2, 0, 1)).values[bundle.plan.output].item() for crop in crops]
    assert levels == [SEVERE] * len(crops)


def test_it_is_small_and_lasts_longer_than_two_of_keyframes_periods() -> None:
    assert CLIP.stat().st_size < 100_000
    *_, (last, _) = pictures(CLIP)
    assert last > 10.0
