"""Crops out of days: each activity's truth, the same again from the same person, and nobody of the stills."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.data.build import IDENTITIES
from training.data.dataset import Crops
from training.data.days import PICTURES, build_days, day_samples, units_at
from training.data.pictures import DrawnPictures, Some
from training.errors import OptionError
from training.expression.crops import with_days
from training.synth.day import clip_of
from training.synth.splits import seed_of


def test_a_sleepers_eyes_are_closed_and_a_talkers_jaw_is_seen() -> None:
    for number in range(8):
        asleep = [units_at(clip_of("sleep", number, 0), t) for t in (5.0, 20.0, 35.0)]
        assert all((one.au43, one.pspi, one.level) == (1, 1, 1) for one in asleep)
    talk = [units_at(clip_of("talk", number, 0), t) for number in range(8) for t in np.arange(0, 40, 0.7)]
    assert all(one.level == 0 for one in talk) and max(one.jaw for one in talk) > 0.3
    assert max(one.au12 for one in talk) > 1


def test_a_persons_days_repeat_and_are_written_beside_stills(tmp_path: Path) -> None:
    first = IDENTITIES["train"]
    once = day_samples(first, margin=0.0)
    assert 1 <= len(once) <= sum(clips * pictures for clips, pictures in PICTURES.values())
    assert {one.identity for one in once} == {seed_of("train", first)}
    build_days(tmp_path / "days-1.npz", 1, 1, margin=0.0)
    days = Crops.load(tmp_path / "days-1.npz")
    assert np.array_equal(days.images, np.stack([one.crop for one in once]))
    assert days.levels.tolist() == [one.units.level for one in once]
    stills = DrawnPictures(days.part(np.arange(len(days) - 1)))
    both = with_days(stills, days)
    assert both.crops.images.shape[0] == 2 * len(days) - 1 and np.array_equal(both.levels[-len(days) :], days.levels)
    with pytest.raises(OptionError, match="drawn days"):
        with_days(Some(stills, np.zeros(1, np.int64)), days)
