"""The file of known pictures, and the bound on how often an honest edge is wrong about them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from snni.errors import BundleError
from snni.model.known_pictures import DOUBT_BITS, KnownPictures, most_wrong


def made(**changes: object) -> KnownPictures:
    rng = np.random.default_rng(1)
    values: dict = {
        "plan_hash": "ab" * 32,
        "pictures": rng.integers(0, 256, (6, 1, 8, 8), np.uint8),
        "levels": np.array([0, 1, 2, 3, 0, 1], np.uint8),
        "runs": 6000,
        "wrong": 2,
    }
    return KnownPictures(**(values | changes))


def at_most(wrong: int, runs: int, rate: float) -> float:
    """P(W <= wrong) of so many alike runs."""
    return math.fsum(math.comb(runs, k) * rate**k * (1 - rate) ** (runs - k) for k in range(wrong + 1))


@pytest.mark.parametrize("runs", [2000, 6400])
@pytest.mark.parametrize("wrong", [0, 1, 5, 20])
def test_a_rate_above_the_bound_hardly_ever_gives_so_few_wrong(runs: int, wrong: int) -> None:
    rate = most_wrong(runs, wrong)
    assert wrong / runs < rate < 0.1
    assert at_most(wrong, runs, rate) <= 2.0**-DOUBT_BITS
    assert at_most(wrong, runs, rate / 2) > 2.0**-DOUBT_BITS  # and it is of the right size


def test_none_wrong_is_the_closed_form_and_too_few_runs_say_nothing() -> None:
    assert most_wrong(6400, 0) == pytest.approx(41 * math.log(2) / 6400)
    assert most_wrong(20, 0) == most_wrong(0, 0) == most_wrong(100, 100) == 1.0


def test_a_file_is_read_as_it_was_written(tmp_path) -> None:
    known = made()
    known.save(tmp_path / "known.npz")
    read = KnownPictures.load(tmp_path / "known.npz")
    assert (read.plan_hash, read.runs, read.wrong) == (known.plan_hash, 6000, 2)
    assert np.array_equal(read.pictures, known.pictures) and np.array_equal(read.levels, known.levels)
    assert read.wrong_rate == most_wrong(6000, 2) and "36" not in repr(read) and len(read) == 6
    assert [path.name for path in tmp_path.iterdir()] == ["known.npz"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pictures": np.zeros((6, 8, 8), np.uint8)},
        {"pictures": np.zeros((6, 1, 8, 8), np.uint16)},
        {"pictures": np.zeros((0, 1, 8, 8), np.uint8), "levels": np.zeros(0, np.uint8)},
        {"levels": np.zeros(5, np.uint8)},
        {"levels": np.zeros(6, np.int64)},
        {"wrong": 6001},
        {"wrong": -1},
    ],
)
def test_other_contents_are_refused(tmp_path, changes: dict) -> None:
    made(**changes).save(tmp_path / "known.npz")
    with pytest.raises(BundleError):
        KnownPictures.load(tmp_path / "known.npz")


def test_what_is_no_such_file_is_refused(tmp_path) -> None:
    with pytest.raises(BundleError):
        KnownPictures.load(tmp_path / "away.npz")
    (tmp_path / "text.npz").write_text("PK and no more")
    (tmp_path / "cut.npz").write_bytes(b"PK\x03\x04" + bytes(40))
    np.savez(tmp_path / "other.npz", pictures=np.zeros(3))
    np.savez(tmp_path / "pickled.npz", plan_hash=np.array([object()]), pictures=1, levels=1, counts=1)
    for name in ("text", "cut", "other", "pickled"):
        with pytest.raises(BundleError):
            KnownPictures.load(tmp_path / f"{name}.npz")
