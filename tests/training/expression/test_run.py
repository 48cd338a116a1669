"""The command from a package to a run's folder and a bundle: attribution, provenance and notice go along."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from cv2 import imwrite
from safetensors.torch import load_file
from skimage.data import astronaut

from snni.model.bundle import Bundle
from tests.training.expression.published import Arrays
from tests.training.expression.squares import squares
from training.commands.compile import main as compile_main
from training.commands.train import main
from training.expression.grey_package import read_grey_reader
from training.expression.levels import with_levels
from training.expression.package import read_package
from training.runs.start import start_of

MODELS = Path(__file__).parents[3] / "models"


def expression(folder: Path, tmp_path: Path, *words: object) -> int:
    data = tmp_path / "data"
    if not data.exists():
        data.mkdir()
        for seed, (part, count) in enumerate((("train", 12), ("validation", 8), ("test", 8)), 1):
            np.savez(data / f"{part}.npz", **vars(squares(count, seed)), margin=np.array(0.0))
    given = ["--package", folder, "--data", data, "--out", tmp_path / "run", "--threads", 1, "--epochs", 0, *words]
    return main(["expression", *map(str, given)])


def test_from_package_to_bundle(made: tuple[Path, Arrays], tmp_path: Path) -> None:
    folder, _ = made
    assert expression(folder, tmp_path) == 0
    run = tmp_path / "run"
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["licences"] == ["face-api"] and metrics["crop"] == "224x224x3-close"
    assert "MIT License" in (run / "NOTICE").read_text()
    weights, wanted = load_file(run / "float.safetensors"), with_levels(read_package(folder))
    assert all(torch.equal(weights[name], value) for name, value in wanted.items())
    assert compile_main(["--run", str(run), "--out", str(tmp_path / "bundle")]) == 0
    bundle = Bundle.load(tmp_path / "bundle")
    assert bundle.plan.crop == bundle.plan.crop_format == "224x224x3-close"
    card = bundle.card
    assert "- crops: 224x224x3-close" in card
    assert "expression-based, not validated for pain" in card and "scraped from the web" in card
    assert "PSPI" not in card and "synthetic faces" not in card.splitlines()[0]
    assert (tmp_path / "bundle" / "NOTICE").read_bytes() == (run / "NOTICE").read_bytes()


def test_a_second_package_reads_photographs_as_well(
    made: tuple[Path, Arrays], grey: tuple[Path, Arrays], tmp_path: Path
) -> None:
    """Who both are of goes along; the network compiles, and `adapt` knows it by its tensors.

    Made again with its bundle's second reader in place of training one it is the same, to the bit.
    """
    folder, _ = made
    (folder / "demo").mkdir()
    imwrite(str(folder / "demo" / "sample1.jpg"), astronaut()[..., ::-1])
    few = ("--epochs", 1, "--batch", 8, "--views", 12, "--faces", 8, "--squares", 8, "--grey-package", grey[0])
    assert expression(folder, tmp_path, *few) == 0
    run = tmp_path / "run"
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["network"] == "expression_three_readers" and metrics["licences"] == [
        "face-api",
        "face_classification",
    ]
    assert [one["name"] for one in metrics["packages"]] == ["@vladmandic/face-api", "@vladmandic/human"]
    notice = (run / "NOTICE").read_text()
    assert "MIT License, of the other" in notice and "Copyright (c) 2017 Octavio" in notice
    weights, package = load_file(run / "float.safetensors"), read_grey_reader(grey[0])
    assert all(torch.equal(weights[f"third.{name}"], package[name]) for name in package if "answer" not in name)
    assert compile_main(["--run", str(run), "--out", str(tmp_path / "bundle"), "--compose", "always",
                         "--min-agreement", "0", "--headroom-bits", "3"]) == 0  # fmt: skip
    start = start_of(tmp_path / "bundle")
    assert start.kind == "expression_three_readers" and start.licences == ("face-api", "face_classification")
    again, kept = tmp_path / "again", ("--grey-package", grey[0], "--start", tmp_path / "bundle")
    assert expression(folder, tmp_path, *kept, "--out", again) == 0
    for name in ("float.safetensors", "calibration.npy", "NOTICE"):
        assert (again / name).read_bytes() == (run / name).read_bytes(), name
    recipe = json.loads((again / "metrics.json").read_text())["recipe"]
    assert recipe["start"] == "bundle" and recipe["lean"] == 0.75 and "schedule" not in recipe
    assert not (again / "checkpoint.pt").exists()
    assert expression(folder, tmp_path, "--start", again, "--thresholds", -4, 0, 7, "--out", tmp_path / "none") == 2
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--grey-package", "none.tgz"), "--grey-package goes with a second reader"),
        (("--grey-package", "none.tgz", "--epochs", 1), "none.tgz: no package with LICENSE"),
        (("--thresholds", 3, 2, 1), "thresholds must rise"),
        (("--package", "none.tgz"), "none.tgz: no package with model/"),
        (("--rate", 0), "--rate above 0"),
        (("--views", 0), "--views, --faces and --squares must be 1 or more"),
        (("--start", MODELS / "squeezenet-synthetic"), "squeezenet has no second reader to keep"),
        (("--start", MODELS / "expression-real"), "looks at other features than --package's"),
        (("--start", "none"), "none: neither what `./run train` left nor a bundle"),
    ],
)
def test_what_cannot_be(
    words: tuple[object, ...], said: str, made: tuple[Path, Arrays], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expression(made[0], tmp_path, *words) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1 and not (tmp_path / "run").exists()


def test_a_second_reader_beside_the_first(made: tuple[Path, Arrays], tmp_path: Path) -> None:
    """The first one's weights are the package's to the bit; what is new is seeded and repeats."""
    folder, _ = made
    (folder / "demo").mkdir()
    imwrite(str(folder / "demo" / "sample1.jpg"), astronaut()[..., ::-1])
    few = ("--epochs", 2, "--batch", 8, "--views", 12, "--faces", 8, "--squares", 8)
    assert expression(folder, tmp_path, *few) == 0
    once = (tmp_path / "run" / "float.safetensors").read_bytes()
    assert expression(folder, tmp_path, *few, "--fresh") == 0
    assert (tmp_path / "run" / "float.safetensors").read_bytes() == once
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert [row["epoch"] for row in metrics["history"]] == [1, 2] and "drawn faces" in metrics["data"]
    assert metrics["network"] == "expression_two_readers" and metrics["recipe"]["second"]["faces"] == 8
    weights, package = load_file(tmp_path / "run" / "float.safetensors"), read_package(folder)
    assert all(torch.equal(weights[name], value) for name, value in package.items() if not name.startswith("fc."))


def test_a_second_reader_that_learns_from_days_too(made: tuple[Path, Arrays], tmp_path: Path) -> None:
    """They are read from the folder of drawn crops, and make other weights than stills alone."""
    folder, _ = made
    (folder / "demo").mkdir()
    imwrite(str(folder / "demo" / "sample1.jpg"), astronaut()[..., ::-1])
    few = ("--epochs", 1, "--batch", 8, "--views", 12, "--faces", 8, "--squares", 8)
    assert expression(folder, tmp_path, *few) == 0
    stills = (tmp_path / "run" / "float.safetensors").read_bytes()
    np.savez(tmp_path / "data" / "days-3.npz", **vars(squares(8, 4)), margin=np.array(0.0))
    assert expression(folder, tmp_path, *few, "--fresh", "--day-people", 3) == 0
    assert (tmp_path / "run" / "float.safetensors").read_bytes() != stills
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["recipe"]["second"]["day_people"] == 3


def test_a_second_reader_needs_photographs(
    made: tuple[Path, Arrays], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert expression(made[0], tmp_path, "--epochs", 1) == 2
    assert "photographs are not with it" in capsys.readouterr().err and not (tmp_path / "run").exists()
