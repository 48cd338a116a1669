"""Drawing pictures of known level: formats, what settled means, and the file a whole run leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from snni.model.bundle import Bundle
from snni.model.known_pictures import KnownPictures
from snni.model.steps import Conv
from tests.support.networks import grey
from training.commands.known import main
from training.known.draws import Drawn
from training.known.pictures import KnownError, Wanted, known_pictures, settled_of, wrong_of

SHIPPED = Path(__file__).parents[3] / "models" / "expression-real"


@pytest.fixture
def bundle(tmp_path) -> Path:
    grey().save(tmp_path / "grey")
    return tmp_path / "grey"


def test_convolutions_are_a_unit_off_as_often_as_their_noise_may_make_them() -> None:
    network, rng = Drawn(grey()), np.random.default_rng(3)
    step = next(step for step in grey().plan.steps if isinstance(step, Conv))
    x = rng.integers(0, 256, grey().plan.values[step.x].shape, np.int64)
    exact = network.step(step, [x]).y
    difference = np.stack([network.step(step, [x], rng).y - exact for _ in range(60)])
    assert set(np.unique(difference)) == {-1, 0, 1}
    assert 0.015 < np.mean(difference != 0) < 0.03
    assert np.array_equal(network.step(step, [x]).y, exact)


def test_a_persons_faces_are_taken_with_their_level_in_the_plans_format(bundle) -> None:
    network = Drawn(grey())
    found = settled_of(bundle, 2, 1 << 127)
    assert found
    for level, picture in found:
        assert picture.shape == (1, 48, 48) and picture.dtype == np.uint8 and picture.std() > 5
        assert network.level(picture) == level
        assert wrong_of(bundle, 3, picture, level) <= 3 == wrong_of(bundle, 3, picture, level + 1)


def test_what_is_no_bundle_or_takes_no_faces_is_told(bundle, tmp_path, capsys) -> None:
    with pytest.raises(KnownError):
        known_pictures(tmp_path / "away", Wanted(), 1)
    assert main(["--bundle", str(tmp_path / "away"), "--out", str(tmp_path / "known.npz")]) == 2
    assert "away" in capsys.readouterr().err and not (tmp_path / "known.npz").exists()


def test_what_cannot_end_well_is_refused_before_anybody_is_drawn(bundle, tmp_path, capsys) -> None:
    given = ["--bundle", str(bundle), "--out"]
    assert main([*given, str(tmp_path)]) == 2 and f"{tmp_path} is a folder" in capsys.readouterr().err
    assert main([*given, str(bundle / "plan.json" / "known.npz")]) == 2 and "plan.json" in capsys.readouterr().err
    for option in ("--per-level", "--runs", "--most", "--processes"):
        assert main([*given, str(tmp_path / "new" / "known.npz"), option, "0"]) == 2
        assert "1 or more" in capsys.readouterr().err and not (tmp_path / "new" / "known.npz").exists()


@pytest.mark.heavy
def test_a_whole_run_leaves_as_many_pictures_of_each_level(tmp_path, capsys) -> None:
    out = tmp_path / "known.npz"
    assert main(["--bundle", str(SHIPPED), "--out", str(out), "--per-level", "2", "--runs", "3", "--most", "40"]) == 0
    known, network = KnownPictures.load(out), Drawn(Bundle.load(SHIPPED))
    assert sorted(known.levels.tolist()) == [0, 0, 1, 1, 2, 2, 3, 3] and known.runs == 24
    assert known.plan_hash == network.plan.plan_hash and known.pictures.shape == (8, 3, 224, 224)
    assert [network.level(picture) for picture in known.pictures] == known.levels.tolist()
    assert len({picture.tobytes() for picture in known.pictures}) == 8
    assert "8 pictures" in capsys.readouterr().out
