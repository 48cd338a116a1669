"""The terms are those that the PSPI adds up, and what it must not count."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from training.data.dataset import Crops
from training.data.pictures import DrawnPictures, Some
from training.errors import OptionError
from training.expression.terms import CLOSED, terms_of
from training.synth.sampling import units_for


def test_the_first_four_add_up_to_the_pspi() -> None:
    rng = np.random.default_rng(5)
    units = [units_for(level, rng) for level in (0, 1, 2, 3) * 25]
    rows = np.array([astuple(one) for one in units], np.float32)
    some = np.zeros(len(units), np.int64)
    pictures = DrawnPictures(Crops(np.zeros((len(units), 2, 2, 3), np.uint8), some, rows, some))
    found = terms_of(pictures).numpy()
    whole = found[:, :3].sum(axis=1) + found[:, 3] / CLOSED
    assert np.array_equal(whole, [one.pspi for one in units])
    assert np.array_equal(found[:, 4], rows[:, 6]) and found.shape == (100, 7)
    with pytest.raises(OptionError, match="action units"):
        terms_of(Some(pictures, some))
