"""From photographs without labels to an adapted network: what it gains, what it keeps, what never leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from tests.training.adapt.bars import PEOPLE, Bars, save_bars, write_prepared
from tests.training.interrupted import interrupted_after
from tests.training.tiny import LEVELS
from training.commands.compile import main as compile_main
from training.commands.train import main
from training.data.batch import batches
from training.data.dataset import Crops
from training.data.pictures import DrawnPictures, PreparedPictures
from training.datasets.crop_set import CropSet


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, np.ndarray]]:
    folder = tmp_path_factory.mktemp("home")
    return folder, write_prepared(folder)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bars(tmp_path_factory.mktemp("start") / "bars", dim=False)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_bars(tmp_path_factory.mktemp("teacher") / "dim", dim=True, seed=4, licences=["own"])


def adapt(photographs: Path, start: Path, drawn: Path, out: Path, *words: object) -> int:
    given = ["--photographs", photographs, "--start", start, "--data", drawn, "--out", out, "--threads", 1, *words]
    return main(["adapt", *map(str, given)])


def right(folder: Path, images: object, truth: np.ndarray) -> float:
    network = Bars()
    network.load_state_dict(load_file(folder / "float.safetensors"))
    with torch.inference_mode():
        found = [network(one.x).argmax(1).numpy() for one in batches(images, 8, (3, 32, 32))]  # type: ignore[arg-type]
    return float(np.mean(np.concatenate(found) == truth))


LEARN = ("--epochs", 12, "--batch", 8, "--rate", 0.01)


def test_a_teacher_that_knows_the_camera_teaches_without_a_label(
    home: tuple[Path, dict[str, np.ndarray]], start: Path, teacher: Path, drawn: Path, tmp_path: Path
) -> None:
    folder, truth = home
    out = tmp_path / "out"
    assert adapt(folder, start, drawn, out, "--teacher", teacher, "--anchor", 0.1, *LEARN) == 0
    photographs = PreparedPictures(CropSet.load(folder, "test", labelled=False))
    before, after = right(start, photographs, truth["test"]), right(out, photographs, truth["test"])
    assert after > before + 0.1
    told = json.loads((out / "adapt.json").read_text())
    both = told["photographs"]
    assert both["after"]["same_level_as_teachers"] > both["before"]["same_level_as_teachers"]
    assert told["kept_epoch"] > 0 and told["split_by"] == "subject" and told["terms"] == ["home", "own"]
    assert sum(one["photographs"] for one in both["after"]["people"]) == PEOPLE[2] * 2 * LEVELS
    page = (out / "adapt.html").read_text()
    assert "no proof that a level is right" in page and "dim" in page


def test_the_anchor_keeps_what_photographs_do_not_ask_for(
    home: tuple[Path, dict[str, np.ndarray]], start: Path, teacher: Path, drawn: Path, tmp_path: Path
) -> None:
    known = DrawnPictures(Crops.load(drawn / "test.npz"))
    found = {}
    for anchor in (0.0, 0.9):
        out = tmp_path / str(anchor)
        assert adapt(home[0], start, drawn, out, "--teacher", teacher, "--anchor", anchor, *LEARN) == 0
        weights, first = load_file(out / "float.safetensors"), load_file(start / "float.safetensors")
        assert torch.equal(weights["body.0.weight"], first["body.0.weight"])
        found[anchor] = sum(float((weights[name] - first[name]).square().sum()) for name in first)
    assert found[0.9] < 0.5 * found[0.0]
    assert right(tmp_path / "0.9", known, known.levels) > right(start, known, known.levels) - 0.05


def test_no_photograph_is_in_the_runs_folder(
    home: tuple[Path, dict[str, np.ndarray]], start: Path, drawn: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert adapt(home[0], start, drawn, out, "--epochs", 1) == 0
    assert {path.name for path in out.iterdir()} == {
        "adapt.html", "adapt.json", "calibration.npy", "checkpoint.pt", "float.safetensors", "metrics.json",
    }  # fmt: skip
    images = np.load(out / "calibration.npy")
    part = CropSet.load(home[0], "train", labelled=False)
    for batch in batches(PreparedPictures(part), 16, (3, 32, 32)):
        nearest = (images[None] - batch.x.numpy()[:, None]).__abs__().mean((2, 3, 4)).min()
        assert nearest > 0.05  # twice a sensor's noise: two pictures of one camera are nearer
    assert compile_main(["--run", str(out), "--out", str(tmp_path / "bundle")]) == 2
    assert compile_main(["--run", str(out), "--out", str(tmp_path / "bundle"), "--private"]) == 0
    assert "must not be passed on" in (tmp_path / "bundle" / "card.md").read_text()


def test_calm_photographs_set_the_sites_thresholds(start: Path, drawn: Path, tmp_path: Path) -> None:
    write_prepared(tmp_path / "calm", levels=(0, 1, 2))
    for part, most in ((0.05, 0.25), (0.5, 0.7)):
        out = tmp_path / str(part)
        assert adapt(tmp_path / "calm", start, drawn, out, "--epochs", 0, "--calm", "--false-calls", part) == 0
        told = json.loads((out / "adapt.json").read_text())
        assert told["thresholds"]["false_calls"] == part
        if not told["thresholds"]["held_back"]:
            assert told["photographs"]["after"]["pain"] <= most
        moved = load_file(out / "float.safetensors")["head.bias"] - load_file(start / "float.safetensors")["head.bias"]
        assert torch.allclose(moved, -told["thresholds"]["made"] * torch.arange(4.0), atol=1e-5)


def test_an_interrupted_run_goes_on_to_the_bit(
    home: tuple[Path, dict[str, np.ndarray]], start: Path, teacher: Path, drawn: Path, tmp_path: Path
) -> None:
    given = (home[0], start, drawn)
    words = ("--teacher", teacher, "--epochs", 3)
    assert adapt(*given, tmp_path / "whole", *words) == 0
    with interrupted_after(1):
        adapt(*given, tmp_path / "cut", *words)
    assert adapt(*given, tmp_path / "cut", *words) == 0
    for name in ("adapt.json", "calibration.npy", "float.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "cut" / name).read_bytes(), name


def test_what_cannot_be(
    home: tuple[Path, dict[str, np.ndarray]], start: Path, drawn: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    private = tmp_path / "private"
    shutil.copytree("models/squeezenet-synthetic", private)
    card = private / "card.md"
    card.write_text("Private: this bundle must not be passed on.\n" + card.read_text())
    few = tmp_path / "few"
    write_prepared(few, levels=(0,))
    lines = (few / "manifest.csv").read_text().splitlines()
    (few / "manifest.csv").write_text("\n".join(line for line in lines if not line.endswith("test")) + "\n")
    for words, said in (
        (("--anchor", 2), "--anchor must be 0..1"),
        (("--start", tmp_path), "neither what `./run train` left nor a bundle"),
        (("--start", private), "a private bundle"),
        (("--photographs", tmp_path, "--data", tmp_path / "undrawn"), "manifest.csv"),
        (("--calm", "--false-calls", 0.001), "999 are needed"),
        (("--epochs", -1), "--epochs must be 0 or more"),
    ):
        assert adapt(home[0], start, drawn, tmp_path / "none", *words) == 2
        error = capsys.readouterr().err
        assert said in error and "Traceback" not in error
    assert not (tmp_path / "none").exists() and not (tmp_path / "undrawn").exists()
