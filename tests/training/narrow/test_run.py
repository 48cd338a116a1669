"""The command from a network of three readers to a narrow one's folder and bundle; and what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cv2 import imwrite
from skimage.data import astronaut, chelsea

from snni.model.bundle import Bundle
from tests.training.expression.squares import squares
from tests.training.interrupted import interrupted_after
from training.commands.compile import main as compile_main
from training.commands.train import main
from training.narrow.task import LEARNING
from training.runs.start import start_of

MODELS = Path(__file__).parents[3] / "models"
FEW = ("--epochs", 2, "--batch", 8, "--drawn", 8, "--faces", 4, "--squares", 4, "--threads", 1)
READER = ("--reader-epochs", 2)


@pytest.fixture
def given(tmp_path: Path) -> list[object]:
    """Drawn crops, and a package's photograph."""
    data = tmp_path / "data"
    data.mkdir()
    for seed, (part, count) in enumerate((("train", 12), ("validation", 8), ("test", 8)), 1):
        np.savez(data / f"{part}.npz", **vars(squares(count, seed)), margin=np.array(0.0))
    (tmp_path / "package" / "demo").mkdir(parents=True)
    imwrite(str(tmp_path / "package" / "demo" / "sample1.jpg"), astronaut()[..., ::-1])
    return ["--package", tmp_path / "package", "--data", data, "--out", tmp_path / "run"]


def narrow(*words: object) -> int:
    return main(["narrow", *map(str, words)])


def test_from_three_readers_to_a_bundle(given: list[object], tmp_path: Path) -> None:
    """Seeded, and to the bit the same where it was interrupted; who the weights are of goes along."""
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    imwrite(str(photographs / "cat.png"), chelsea()[..., ::-1])
    (photographs / "broken.jpg").write_bytes(b"no picture")
    words = ("--start", MODELS / "expression-real", *given, *FEW, *READER, "--pictures", photographs)
    assert narrow(*words) == 0
    run = tmp_path / "run"
    once = (run / "float.safetensors").read_bytes()
    with interrupted_after(1):
        narrow(*words, "--fresh")
    assert narrow(*words) == 0
    assert (run / "float.safetensors").read_bytes() == once
    metrics = json.loads((run / "metrics.json").read_text())
    assert [row["epoch"] for row in metrics["history"]] == [1, 2] and metrics["squares_of"] == 2
    assert [row["epoch"] for row in metrics["reader"]] == [1, 2] and metrics["recipe"]["reader"]["epochs"] == 2
    assert (
        metrics["licences"] == ["face-api", "face_classification"] and metrics["recipe"]["start"] == "expression-real"
    )
    assert (run / "NOTICE").read_bytes() == (MODELS / "expression-real" / "NOTICE").read_bytes()
    assert start_of(run).kind == "expression_narrow_readers"
    assert compile_main(["--run", str(run), "--out", str(tmp_path / "bundle"), "--compose", "always",
                         "--min-agreement", "0", "--headroom-bits", "3"]) == 0  # fmt: skip
    assert start_of(tmp_path / "bundle").kind == "expression_narrow_readers"
    assert Bundle.load(tmp_path / "bundle").plan.crop == "224x224x3-close"


def test_faces_of_other_photographs_are_learnt_from_too(given: list[object], tmp_path: Path) -> None:
    """From a package without a face: those of --pictures do, and every one is told of."""
    sample = tmp_path / "package" / "demo" / "sample1.jpg"
    photographs = tmp_path / "photographs"
    photographs.mkdir()
    sample.rename(photographs / "somebody.jpg")
    imwrite(str(photographs / "cat.png"), chelsea()[..., ::-1])
    words = ("--start", MODELS / "expression-real", *given, *FEW, "--reader-epochs", 0, "--epochs", 1)
    assert narrow(*words, "--pictures", photographs) == 0
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["photographs"]["faces"] == 1 and metrics["squares_of"] == 2


def test_halves_learn_on_from_a_narrow_network(given: list[object], tmp_path: Path) -> None:
    """At no rate to speak of it stays what it began with; whose halves these are is told."""
    words = ("--start", MODELS / "expression-real", "--begin", MODELS / "expression-narrow", *given, *FEW)
    assert narrow(*words, "--epochs", 1, "--rate", 1e-12, "--reader-epochs", 0) == 0
    network, shipped = (start_of(one).network for one in (tmp_path / "run", MODELS / "expression-narrow"))
    weights = network.state_dict()
    for name, value in shipped.state_dict().items():
        if name.startswith(LEARNING):
            assert np.allclose(weights[name], value, atol=1e-6), name
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["recipe"]["begin"] == "expression-narrow"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--start", MODELS / "squeezenet-synthetic"), "squeezenet has no three readers"),
        (("--begin", MODELS / "expression-real"), "expression_three_readers is no narrow network"),
        (("--begin", "nowhere"), "nowhere"),
        (("--squares", -1), "--drawn, --faces and --squares must be 0 or more"),
        (("--pictures", "none"), "--pictures none: no folder"),
        (("--pictures", "."), "no picture of 240 pixels"),
        (("--rate", 0), "--rate above 0"),
    ],
)
def test_what_cannot_be(
    words: tuple[object, ...], said: str, given: list[object], tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    assert narrow("--start", MODELS / "expression-real", *given, *FEW, *words) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1 and not (tmp_path / "run").exists()


def test_faces_and_squares_need_photographs(
    given: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "package" / "demo" / "sample1.jpg").unlink()
    start = ("--start", MODELS / "expression-real")
    assert narrow(*start, *given, *FEW) == 2 and "no face is in the package's photographs" in capsys.readouterr().err
    alone = (*start, *given, *FEW, "--reader-epochs", 0)
    assert narrow(*alone) == 2 and "no face is in the package's photographs" in capsys.readouterr().err
    assert narrow(*alone, "--faces", 0) == 2
    assert "no photographs to cut squares from" in capsys.readouterr().err
