"""Training lowers the loss, can be interrupted, and leaves the files that a compiler needs."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from training.commands import default
from training.data.dataset import Crops, balanced, batches, relight, to_input, vary
from training.default.action_units import strengths_of
from training.default.hyperparameters import Hyperparameters
from training.default.measures import evaluate, measure
from training.default.run import require_disjoint
from training.default.task import begin, task_of, train
from training.engine.checkpoint import Checkpoint
from training.engine.loop import fit, run_epoch
from training.errors import CheckpointError
from training.networks.squeezenet import initialised, squeezenet_v1_1
from training.synth.units import ActionUnits

TINY = Hyperparameters(epochs=5, batch=8, rate=1e-3, sizes=((1.0, 64),), seed=5)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """A whole tiny run, from drawing to metrics.json."""
    out = tmp_path_factory.mktemp("training")
    parser = argparse.ArgumentParser()
    default.add_arguments(parser)
    words = ["--data", str(out / "data"), "--out", str(out / "run"), "--epochs", "1", "--batch", "8", "--threads", "1"]
    return out, default.run(parser.parse_args([*words, "--scale", "0.004"]))


def test_a_tiny_run_leaves_what_a_compiler_needs(made: tuple[Path, dict]) -> None:
    out, metrics = made
    network = squeezenet_v1_1()
    network.load_state_dict(load_file(out / "run" / "float.safetensors"))
    calibration = np.load(out / "run" / "calibration.npy")
    assert calibration.dtype == np.float32 and calibration.shape[1:] == (3, 224, 224) and len(calibration) <= 64
    assert calibration.min() >= 0 and 0.4 < calibration.max() <= 1
    test = Crops.load(out / "data" / "test.npz")
    assert evaluate(network, test) == metrics["test"]
    assert json.loads((out / "run" / "metrics.json").read_text())["test"] == metrics["test"]


def test_the_loss_falls(made: tuple[Path, dict]) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    torch.manual_seed(1)
    state, task = begin(initialised(dropout=0.0), TINY), task_of(crops, crops, TINY)
    losses = []
    for _ in range(TINY.epochs):
        losses.append(run_epoch(task, state, lambda done: None))
        state.epoch += 1
    assert losses[-1] < losses[0]


class Interrupted(Exception):
    """Like a power cut: nothing after it runs."""


def test_an_interrupted_run_goes_on_to_the_bit(made: tuple[Path, dict], tmp_path: Path) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    settings = Hyperparameters(epochs=2, batch=8, sizes=((1.0, 64),), bfloat16=False, seed=5)
    console = Console(quiet=True)
    whole = train(crops, crops, settings, tmp_path / "whole.pt", False, console)

    def cut(history: list) -> None:
        raise Interrupted

    torch.manual_seed(settings.seed)
    half = begin(initialised(), settings)
    written = Checkpoint(tmp_path / "whole.pt", {}).path
    run = json.loads(torch.load(written, weights_only=True)["run"])
    with pytest.raises(Interrupted):
        fit(task_of(crops, crops, settings), half, console, Checkpoint(tmp_path / "half.pt", run), cut)
    assert half.epoch == 1
    rest = train(crops, crops, settings, tmp_path / "half.pt", False, console)
    assert rest.epoch == whole.epoch == 2
    for name, value in whole.network.state_dict().items():
        assert torch.equal(value, rest.network.state_dict()[name]), name


def test_a_checkpoint_of_other_settings_is_not_gone_on_with(made: tuple[Path, dict], tmp_path: Path) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    console, path = Console(quiet=True), tmp_path / "checkpoint.pt"
    settings = Hyperparameters(epochs=1, batch=8, sizes=((1.0, 64),), bfloat16=False, seed=5)
    train(crops, crops, settings, path, False, console)
    other = Hyperparameters(epochs=1, batch=8, sizes=((1.0, 64),), bfloat16=False, seed=6)
    with pytest.raises(CheckpointError, match=r"seed \(5, now 6\)"):
        train(crops, crops, other, path, False, console)
    assert train(crops, crops, other, path, True, console).epoch == 1


def test_people_in_both_sets_are_refused(made: tuple[Path, dict]) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    with pytest.raises(ValueError, match="people"):
        require_disjoint(crops, crops)


def test_the_schedule_warms_up_cools_down_and_ends_at_full_size() -> None:
    settings = Hyperparameters(epochs=10)
    factors = [settings.factor_at(done) for done in (0, 1, 5, 10)]
    assert factors[0] < factors[1] == 1 > factors[2] > factors[3] == pytest.approx(0)
    assert [settings.size_at(epoch) for epoch in (0, 4, 7, 9)] == [128, 176, 224, 224]
    assert Hyperparameters(epochs=1).size_at(0) == 128


def test_batches_cover_everything_once_and_augment_in_range() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (7, 224, 224, 3), dtype=np.uint8)
    crops = Crops(images, np.arange(7) % 4, np.zeros((7, 10), np.float32), np.arange(7))
    plain = [(inputs, chosen) for inputs, chosen in batches(crops, 3)]
    assert np.concatenate([chosen for _, chosen in plain]).tolist() == list(range(7))
    assert torch.equal(plain[0][0], to_input(images[:3]))
    for inputs, _ in batches(crops, 3, 96, rng):
        assert inputs.shape[1:] == (3, 96, 96) and inputs.min() >= 0 and inputs.max() <= 1
    assert abs(vary(images[0], rng).shape[0] - 224) <= 8
    assert not torch.equal(relight(plain[0][0], rng), plain[0][0])
    assert sorted(crops.levels[balanced(crops, 4, rng)]) == [0, 1, 2, 3]


def test_strengths_are_amounts_as_drawn() -> None:
    units = np.array([list(vars(ActionUnits(au4=5, au7=1, au43=1, au12=2.5, jaw=0.5)).values())], np.float32)
    assert strengths_of(units)[0].tolist() == pytest.approx([1, 0, 0.42, 0, 0, 1, 0.5, 0.5])


def test_measures_of_known_predictions() -> None:
    measured = measure(np.array([0, 1, 2, 3]), np.array([0, 2, 2, 1]))
    assert (measured["accuracy"], measured["within_one"], measured["mae"]) == (0.5, 0.75, 0.75)
    assert measured["confusion"] == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 1, 0, 0]]
    assert measured["pcc"] == pytest.approx(np.corrcoef([0, 1, 2, 3], [0, 2, 2, 1])[0, 1])
    assert measure(np.array([1]), np.array([1]))["pcc"] == 0.0
    with pytest.raises(ValueError, match="length"):
        measure(np.array([1]), np.array([1, 2]))
