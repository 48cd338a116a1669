"""Crops of one format for a network of another: what they hold is cut out of them, what they lack is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faces.crop import CLOSE, WIDE, closer
from tests.training.expression.squares import squares
from training.data.pictures import load_parts
from training.data.recut import format_of, recut
from training.errors import InputError
from training.evaluation.drawn import load_drawn


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Wide, as files without a margin of before are; and close ones."""
    for name, margin in (("wide", {}), ("close", {"margin": np.array(0.0)})):
        (tmp_path / name).mkdir()
        for seed, part in enumerate(("train", "validation", "test")):
            np.savez(tmp_path / name / f"{part}.npz", **vars(squares(4, seed)), **margin)
    return tmp_path


def test_a_close_crop_is_cut_out_of_a_wide_one_and_not_the_other_way(folder: Path) -> None:
    crop = squares(4, 0).images[3]
    assert np.array_equal(recut(crop, WIDE, CLOSE), closer(crop)) and not np.array_equal(closer(crop), crop)
    for have, want in ((WIDE, WIDE), (CLOSE, CLOSE), (None, CLOSE), (None, WIDE), (WIDE, "48x48x1")):
        assert recut(crop, have, want) is crop
    for want in (WIDE, "48x48x1"):
        with pytest.raises(InputError, match="without a margin"):
            recut(crop, CLOSE, want)


def test_files_of_drawn_crops_say_their_format(folder: Path) -> None:
    assert format_of(folder / "wide" / "test.npz") == WIDE and format_of(folder / "close" / "test.npz") == CLOSE


@pytest.mark.parametrize(("name", "changed"), [("wide", True), ("close", False)])
def test_a_network_for_close_crops_is_trained_and_measured_on_close_ones(
    folder: Path, name: str, changed: bool
) -> None:
    whole = squares(4, 2).images
    parts, split = load_parts(folder / name, CLOSE), load_drawn(folder / name / "test.npz")
    for index in range(4):
        wanted = closer(whole[index]) if changed else whole[index]
        assert np.array_equal(parts.test.crop(index), wanted)
        assert np.array_equal(split.stills.cut(CLOSE)[index], wanted)


def test_a_network_for_wide_crops_refuses_close_ones(folder: Path) -> None:
    with pytest.raises(InputError):
        load_parts(folder / "close").test.crop(0)
    with pytest.raises(InputError):
        load_drawn(folder / "close" / "test.npz").stills.cut(WIDE)
