"""New examples lie between neighbours of their own class, as many as are missing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.smote import BLOCK, between, nearest, smote


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 1000), st.lists(st.integers(2, 30), min_size=1, max_size=4), st.integers(1, 8))
def test_classes_are_level_and_the_old_ones_stay(seed: int, counts: list[int], neighbours: int) -> None:
    classes = np.repeat(np.arange(len(counts)), counts)
    features = rng(seed).normal(0, 1, (len(classes), 3)).astype(np.float32)
    more, labels = smote(features, classes, rng(seed), neighbours)
    assert np.array_equal(more[: len(features)], features) and np.array_equal(labels[: len(classes)], classes)
    assert (np.bincount(labels) == max(counts)).all() and more.dtype == np.float32
    for label in range(len(counts)):  # inside the box around its own class
        own, new = features[classes == label], more[labels == label]
        assert (new >= own.min(axis=0) - 1e-5).all() and (new <= own.max(axis=0) + 1e-5).all()


def test_new_ones_are_on_lines_to_the_nearest() -> None:
    members = np.array([[0, 0], [1, 0], [100, 0], [101, 0]], np.float32)
    new = between(members, 200, rng(), neighbours=1)
    assert (((new[:, 0] >= 0) & (new[:, 0] <= 1)) | ((new[:, 0] >= 100) & (new[:, 0] <= 101))).all()
    assert len(np.unique(new, axis=0)) > 190
    assert (new[:, 0] < 50).sum() == 100  # each example in turn


def test_nearest_is_by_distance_across_blocks() -> None:
    members = rng().normal(0, 1, (BLOCK + 60, 4)).astype(np.float32)
    found = nearest(members, 3)
    for row in (0, 5, BLOCK - 1, BLOCK, BLOCK + 59):
        distances = np.linalg.norm(members.astype(np.float64) - members[row], axis=1)
        assert set(found[row]) == set(np.argsort(distances)[1:4])


def test_what_cannot_be_done_is_refused() -> None:
    features, classes = np.zeros((4, 2), np.float32), np.array([0, 0, 0, 1])
    with pytest.raises(ValueError, match="class 1 has a single example"):
        smote(features, classes, rng())
    for wrong in (features[:, 0], features[:3], np.full((4, 2), np.nan, np.float32)):
        with pytest.raises(ValueError):
            smote(wrong, np.array([0, 0, 1, 1]), rng())
    with pytest.raises(ValueError, match="neighbours"):
        smote(features, np.array([0, 0, 1, 1]), rng(), 0)
