"""Training lowers the loss, can be interrupted, and leaves the files that a compiler needs."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import load_file

from training import default
from training.coach import hints_of
from training.data.dataset import Crops, balanced, batches, relight, to_input, vary
from training.fit import Progress, Recipe, evaluate, run_epoch
from training.losses import ordinal_loss
from training.metrics import measure
from training.networks.squeezenet import initialised, squeezenet_v1_1
from training.synth.units import ActionUnits

TINY = Recipe(epochs=5, batch=8, rate=1e-3, sizes=((1.0, 64),), seed=5)


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
    progress = Progress.start(initialised(dropout=0.0), TINY)
    losses = [run_epoch(progress, crops, TINY, lambda done: None) for _ in range(TINY.epochs)]
    assert losses[-1] < losses[0]


def test_an_interrupted_run_goes_on_as_if_it_had_not_been(made: tuple[Path, dict], tmp_path: Path) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    recipe = Recipe(epochs=2, batch=8, sizes=((1.0, 64),), bfloat16=False, seed=5)
    console = Console(quiet=True)
    whole = default.train_network(crops, crops, recipe, tmp_path / "whole.pt", False, console)
    torch.manual_seed(recipe.seed)
    half = Progress.start(initialised(), recipe)
    run_epoch(half, crops, recipe, lambda done: None)
    half.save(tmp_path / "half.pt")
    rest = default.train_network(crops, crops, recipe, tmp_path / "half.pt", False, console)
    assert rest.epoch == whole.epoch == 2
    for name, value in whole.coach.state_dict().items():
        assert torch.allclose(value, rest.coach.state_dict()[name], atol=1e-5), name


def test_people_in_both_sets_are_refused(made: tuple[Path, dict]) -> None:
    crops = Crops.load(made[0] / "data" / "train.npz")
    with pytest.raises(ValueError, match="people"):
        default.assert_disjoint(crops, crops)


def test_the_schedule_warms_up_cools_down_and_ends_at_full_size() -> None:
    recipe = Recipe(epochs=10)
    rates = [recipe.rate_at(done) for done in (0, 1, 5, 10)]
    assert rates[0] < rates[1] == recipe.rate > rates[2] > rates[3] == pytest.approx(0)
    assert [recipe.size_at(epoch) for epoch in (0, 4, 7, 9)] == [128, 176, 224, 224]
    assert Recipe(epochs=1).size_at(0) == 128


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


def test_hints_are_amounts_as_drawn() -> None:
    units = np.array([list(vars(ActionUnits(au4=5, au7=1, au43=1, au12=2.5, jaw=0.5)).values())], np.float32)
    assert hints_of(units)[0].tolist() == pytest.approx([1, 0, 0.42, 0, 0, 1, 0.5, 0.5])


def test_a_far_miss_costs_more_than_a_near_one() -> None:
    sure = 6 * torch.eye(4)
    costs = [float(ordinal_loss(sure[guess : guess + 1], torch.tensor([0]))) for guess in range(4)]
    assert costs == sorted(costs) and costs[3] > costs[1] + 0.5


def test_measures_of_known_predictions() -> None:
    measured = measure(np.array([0, 1, 2, 3]), np.array([0, 2, 2, 1]))
    assert (measured["accuracy"], measured["within_one"], measured["mae"]) == (0.5, 0.75, 0.75)
    assert measured["confusion"] == [[1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 1, 0], [0, 1, 0, 0]]
    assert measured["pcc"] == pytest.approx(np.corrcoef([0, 1, 2, 3], [0, 2, 2, 1])[0, 1])
    assert measure(np.array([1]), np.array([1]))["pcc"] == 0.0
    with pytest.raises(ValueError, match="length"):
        measure(np.array([1]), np.array([1, 2]))
