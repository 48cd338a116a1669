"""`./run train aware` from a run's folder to a bundle that computes what was trained; and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from snni.compile import compile_network
from snni.compile.float_network import float_scores, save_float
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from snni.model.step_cost import total_cost
from snni.twoparty.suite import suite_of
from tests.training.tiny import SHAPE, Other, Tiny
from training.commands.train import main
from training.cost.measurements import PROTOCOL
from training.data.dataset import Crops
from training.data.inputs import fitted
from training.datasets.imitation.unbc import Shape, write_unbc
from training.engine.checkpoint import Checkpoint
from training.engine.state import State
from training.evaluation.networks import load_bundle, load_program
from training.runs.model_card import PRIVATE_LINE


def aware(*words: object) -> int:
    return main(["aware", "--threads", "1", "--batch", "8", *map(str, words)])


@pytest.fixture(scope="module")
def made(run_folder: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "aware"
    assert aware("--run", run_folder, "--data", data, "--epochs", 2, "--out", out, "--name", "tiny.aware") == 0
    return out


def levels_of(bundle: Bundle, crops: Crops) -> np.ndarray:
    reference = Reference(bundle.plan, bundle.weights)
    drawn = (np.random.default_rng(index) for index in range(len(crops.images)))
    return np.array([reference.run(x, rng).level for x, rng in zip(fitted(crops.images, SHAPE), drawn, strict=True)])


def test_the_bundle_holds_the_integers_that_were_measured(made: Path, data: Path) -> None:
    metrics, test = json.loads((made / "metrics.json").read_text()), Crops.load(data / "test.npz")
    bundle = Bundle.load(made)
    found = float(np.mean(levels_of(bundle, test) == test.levels))
    rows = {row["name"]: row for row in metrics["variants"]}
    assert metrics["test"]["accuracy"] == rows["int8, trained"]["measured"]["accuracy"]
    assert abs(found - metrics["test"]["accuracy"]) <= 0.1  # the same integers, drawn by another generator
    assert (
        rows["int8, trained"]["price"]["online_bytes"]
        == total_cost(bundle.plan, suite_of(comparison=PROTOCOL)).online_bytes
    )
    assert bundle.plan.name == "tiny.aware" and metrics["licences"] == [] and metrics["network"] == "tiny"
    assert [one["epoch"] for one in metrics["history"]] == [1, 2]


def test_training_through_the_integers_keeps_their_accuracy(made: Path) -> None:
    rows = {row["name"]: row["measured"] for row in json.loads((made / "metrics.json").read_text())["variants"]}
    assert rows["float, as given"]["accuracy"] >= 0.6
    assert rows["int8, trained"]["accuracy"] >= rows["int8, compiled"]["accuracy"] - 0.05
    assert rows["int8, trained"]["accuracy"] >= rows["float, as given"]["accuracy"] - 0.05


def test_what_evaluate_reads_is_there(made: Path, data: Path) -> None:
    """The card says what one unit of a score is, and the float network lies beside the integers."""
    test = Crops.load(data / "test.npz")
    integers, floats = load_bundle(made), load_program(made)
    assert floats is not None
    one, other = integers.score(test.images), floats.score(test.images)
    assert np.mean(one.estimated == other.estimated) >= 0.9
    assert np.abs(one.scores - other.scores).mean() < 0.15 * np.abs(other.scores).mean()
    card = Bundle.load(made).card
    assert "synthetic faces" in card.splitlines()[0] and "- network: tiny\n" in card and "headroom" in card


def test_going_on_from_a_bundle(made: Path, data: Path, tmp_path: Path) -> None:
    """Its float network computes what its integers do, and names the registry's layers; nothing is lost in between."""
    out = tmp_path / "again"
    assert aware("--bundle", made, "--network", "other", "--data", data, "--epochs", 0, "--out", out) == 0
    rows = {row["name"]: row["measured"] for row in json.loads((out / "metrics.json").read_text())["variants"]}
    before = json.loads((made / "metrics.json").read_text())["test"]["accuracy"]
    assert abs(rows["int8, compiled"]["accuracy"] - before) <= 0.1
    assert rows["int8, trained"] == rows["int8, compiled"]


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    made: Path, run_folder: Path, data: Path, tmp_path: Path
) -> None:
    """A checkpoint after one of two epochs, of the same schedule."""
    words = ["--run", run_folder, "--data", data, "--epochs", 2, "--name", "tiny.aware"]
    out = tmp_path / "out"
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("training.engine.checkpoint.Checkpoint.save", saving_once)
        aware(*words, "--out", out)
    assert not (out / "plan.json").exists()
    assert aware(*words, "--out", out) == 0
    one, other = Bundle.load(out), Bundle.load(made)
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in other.weights)


SAVE = Checkpoint.save


def saving_once(checkpoint: Checkpoint, state: State) -> None:
    """Saves, and then the power fails."""
    SAVE(checkpoint, state)
    raise KeyboardInterrupt


def test_averages_cost_less_and_are_said_so(run_folder: Path, data: Path, tmp_path: Path) -> None:
    out = tmp_path / "average"
    words = ("--pool", "average", "--float-epochs", 1, "--epochs", 1)
    assert aware("--run", run_folder, "--data", data, "--out", out, *words) == 0
    rows = {row["name"]: row["price"] for row in json.loads((out / "metrics.json").read_text())["variants"]}
    assert rows["int8, trained"]["comparisons"] < rows["int8, as given"]["comparisons"]
    assert "- network: tiny, pool average\n" in Bundle.load(out).card
    assert aware("--bundle", out, "--data", data, "--epochs", 0, "--out", tmp_path / "again") == 0
    assert "- network: tiny, pool average\n" in Bundle.load(tmp_path / "again").card


def other_classes(folder: Path) -> str:
    (folder / "metrics.json").write_text(json.dumps({"network": "tiny", "classes": 3, "licences": []}))
    return "float.safetensors: not the weights of tiny with 3 levels"


def other_network(folder: Path) -> str:
    (folder / "metrics.json").write_text(json.dumps({"network": "other", "classes": 4, "licences": []}))
    return "float.safetensors: not the weights of other with 4 levels"


def no_licences(folder: Path) -> str:
    (folder / "metrics.json").write_text(json.dumps({"network": "tiny", "classes": 4, "data": "a ward's videos"}))
    return "metrics.json: does not say under whose licences"


def no_weights(folder: Path) -> str:
    (folder / "float.safetensors").unlink()
    return "float.safetensors: no such file"


def spoilt_weights(folder: Path) -> str:
    (folder / "float.safetensors").write_bytes(b"\x09" * 40)
    return "float.safetensors: not a state dict"


def forbidden(folder: Path) -> str:
    (folder / "metrics.json").write_text(json.dumps({"network": "tiny", "classes": 4, "licences": ["fer2013"]}))
    return "FER2013"


@pytest.mark.parametrize("spoil", [other_classes, other_network, no_licences, no_weights, spoilt_weights, forbidden])
def test_a_run_that_cannot_be_used(
    spoil, run_folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(run_folder, tmp_path / "run")
    said = spoil(folder)
    assert aware("--run", folder, "--data", data, "--out", tmp_path / "out") == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_private_training_goes_on_under_forbidding_terms(
    run_folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = shutil.copytree(run_folder, tmp_path / "run"), tmp_path / "out"
    forbidden(folder)
    assert aware("--run", folder, "--data", data, "--epochs", 0, "--out", out, "--private") == 0
    card = Bundle.load(out).card
    assert card.splitlines()[0] == PRIVATE_LINE and "passed" not in card.splitlines()[2] and "fer2013" in card
    assert aware("--bundle", out, "--data", data, "--epochs", 0, "--out", tmp_path / "public") == 2
    assert "FER2013" in capsys.readouterr().err and not (tmp_path / "public").exists()
    (out / "card.md").write_text(card.replace("licences of the data: fer2013", "licences of the data: own"))
    assert aware("--bundle", out, "--data", data, "--epochs", 0, "--out", tmp_path / "public") == 2
    assert "add --private" in capsys.readouterr().err and not (tmp_path / "public").exists()


def test_a_prepared_set_brings_its_owners_terms(
    run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Crops are read one by one; what comes of them may be kept, not published."""
    write_unbc(tmp_path / "unbc", Shape(subjects=3, sequences=1, frames=2))
    prepared = tmp_path / "prepared"
    accept = ["--accept-licence", "unbc-mcmaster"]
    assert main(["prepare", str(tmp_path / "unbc"), "--out", str(prepared), *accept]) == 0
    words = ("--run", run_folder, "--data", prepared, "--epochs", 1, "--out", tmp_path / "out")
    assert aware(*words) == 2
    assert "UNBC-McMaster" in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert aware(*words, "--private") == 0
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["licences"] == ["unbc-mcmaster"] and metrics["train_people"] == 1
    assert Bundle.load(tmp_path / "out").card.splitlines()[0] == PRIVATE_LINE


def bundle_of(module: torch.nn.Module, folder: Path) -> Path:
    compiled = compile_network(module, [torch.rand(4, *SHAPE, generator=torch.Generator().manual_seed(1))])
    compiled.bundle.save(folder)
    save_float(module, SHAPE, folder)
    return folder


def test_a_bundle_that_cannot_be_used(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without its float network, of another network, or of one that pools otherwise: one line, nothing written."""
    torch.manual_seed(1)
    there = bundle_of(Tiny(pool="average"), tmp_path / "average")
    lacking = shutil.copytree(there, tmp_path / "lacking")
    (lacking / "float.pt2").unlink()
    cases = {
        lacking: "float.pt2: no such file",
        bundle_of(Other().eval(), tmp_path / "other"): "float.pt2: not the weights of tiny with 4 levels",
        there: "float.pt2: has the weights of tiny with 4 levels, but computes something else",
        tmp_path / "none": "plan.json",
    }
    for folder, said in cases.items():
        assert aware("--bundle", folder, "--network", "tiny", "--data", data, "--out", tmp_path / "out") == 2
        error = capsys.readouterr().err
        assert said in error and len(error.strip().splitlines()) == 1
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words,said",
    [
        (["--data", "none.npz"], "none.npz: no such file"),
        (["--prune", "1.5"], "--prune 1.5"),
        (["--link", "moon", "--epochs", "0"], "no measurement over moon"),
        (["--soft", "2"], "--soft in 0..1"),
    ],
)
def test_options_that_cannot_be(
    words: list[str], said: str, run_folder: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert aware("--run", run_folder, "--data", data, "--out", tmp_path / "out", *words) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out" / "plan.json").exists()


def test_scores_of_the_float_program_are_those_of_the_module(made: Path) -> None:
    images = (np.random.default_rng(0).random((2, *SHAPE)) * 255).astype(np.uint8)
    assert np.isfinite(float_scores(made, images)).all()
