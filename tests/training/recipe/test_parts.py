"""Folds, balance, weights to begin with, and that training by a recipe teaches something."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.training.recipe.quickly import Prepared, train
from training.backbones.landmarks import WIDTH
from training.data.augment import Augmentation
from training.data.inputs import fitted
from training.datasets.crop_set import CropSet
from training.networks.imagenet import MEAN, STD
from training.networks.landmarker import Landmarker
from training.networks.registry import NETWORKS
from training.recipe.blocks import optimiser_for, prepare
from training.recipe.feeds import CropFeed, FeatureFeed
from training.recipe.files import checked, paths, read_recipe
from training.recipe.initialisation import Initialisation
from training.recipe.schema import LossName, Optimiser, Recipe, Stage
from training.recipe.sources import load_parts
from training.synth.landmarks import LANDMARKS
from training.untrained.network import drawn_network

CPU = torch.device("cpu")


def stage_of(**fields: object) -> Stage:
    """A stage with these."""
    return Stage.model_validate({"name": "one", "data": "d", "optimiser": {"name": "adam", "rate": 0.1}, "epochs": 1,
                                 "batch": 4, **fields})  # fmt: skip


def recipe_of(network: str, **fields: object) -> Recipe:
    """A recipe of one stage."""
    stage = stage_of(**fields).model_dump(mode="json")
    return checked({"name": "mine", "about": "mine", "network": network, "stages": [stage]}, Path("mine.yaml"))


def test_folds_share_nobody_and_everybody_is_tested_once(prepared: Prepared) -> None:
    recipe = recipe_of("convnet48", folds=3)
    tested: list[str] = []
    for fold in range(3):
        (parts,) = load_parts(recipe, {"": prepared("listed")}, fold)
        people = [{sample.subject for sample in part.samples} for part in (parts.train, parts.validation, parts.test)]
        assert all(people) and sum(map(len, people)) == len(set.union(*people)) == 9
        assert parts.people == {"train": 3, "validation": 3, "test": 3}
        tested += sorted(people[2])
    assert len(tested) == len(set(tested)) == 9


def test_a_set_without_validation_holds_people_out(prepared: Prepared) -> None:
    stage = stage_of(data="ravdess")
    recipe = recipe_of("convnet48", **stage.model_dump(mode="json"))
    (parts,) = load_parts(recipe, {"ravdess": prepared("ravdess")}, None)
    assert parts.held_out and parts.people == {"train": 1, "validation": 1, "test": 2}
    assert {sample.subject for sample in parts.test.samples} == {"actor-08", "actor-15"}


def test_crops_are_drawn_as_the_stage_says(prepared: Prepared) -> None:
    (parts,) = load_parts(recipe_of("convnet48"), {"": prepared("unbc")}, None)
    plain = CropFeed(parts, stage_of(), (1, 48, 48), CPU)
    batches = list(plain.epoch(np.random.default_rng(1)))
    assert sum(len(batch) for batch in batches) == plain.training == len(parts.train)
    assert batches[0].inputs.shape[1:] == (1, 48, 48) and 0 <= batches[0].inputs.min() < batches[0].inputs.max() <= 1
    changing = CropFeed(parts, stage_of(augmentation=vars(Augmentation())), (3, 224, 224), CPU)
    one, other = (next(changing.epoch(np.random.default_rng(seed))).inputs for seed in (1, 2))
    assert not torch.equal(one, other)
    assert torch.equal(one, next(changing.epoch(np.random.default_rng(1))).inputs)


@pytest.mark.parametrize("balance", ["none", "sampling", "smote"])
def test_features_are_balanced(balance: str) -> None:
    rng = np.random.default_rng(3)
    levels = np.array([0] * 40 + [1] * 4)
    features = rng.normal(0, 1, (44, 5)).astype(np.float32) + levels[:, None]
    feed = FeatureFeed(
        features, levels, features, levels, stage_of(features=True, trainable="head", balance=balance), CPU
    )
    seen = torch.cat([batch.classes for batch in feed.epoch(rng)])
    assert len(seen) == feed.training == {"none": 44, "sampling": 44, "smote": 80}[balance]
    rare = int((seen == 1).sum())
    assert {"none": rare == 4, "sampling": 10 < rare < 34, "smote": rare == 40}[balance]
    assert torch.cat([batch.classes for batch in feed.validation()]).tolist() == levels.tolist()


@pytest.mark.parametrize("name", ["squeezenet", "mobilenet_v3_small"])
def test_a_public_checkpoint_takes_pictures_that_are_not_normalised(name: str, tmp_path: Path) -> None:
    torch.manual_seed(1)
    public, weights = NETWORKS[name].factory(classes=1000).eval(), tmp_path / "public.safetensors"
    save_file(public.state_dict(), weights)
    start = Initialisation.of(recipe_of(name), 1, weights, CPU)
    network, said = start.build(4)
    assert "its normalisation moved inside" in said and "its head (1000 classes) is left" in said
    x = torch.rand(1, 3, 96, 96)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    first = {"squeezenet": "features.0", "mobilenet_v3_small": "features.0.1"}[name]
    outputs = []
    for module, picture in ((public, (x - mean) / std), (network.eval(), x)):
        module.get_submodule(first).register_forward_hook(lambda _m, _i, output: outputs.append(output.clone()))
        module(picture)
    inside = [output[..., 4:-4, 4:-4] for output in outputs]
    assert torch.allclose(*inside, atol=1e-5)
    again = Initialisation.of(recipe_of(name), 1, weights, CPU).build(4)[0].state_dict()
    assert all(torch.equal(again[key], value) for key, value in network.state_dict().items())


def test_a_head_that_fits_is_kept(tmp_path: Path) -> None:
    save_file(NETWORKS["convnet48"].factory(classes=4).state_dict(), tmp_path / "mine.safetensors")
    start = Initialisation.of(recipe_of("convnet48"), 1, tmp_path / "mine.safetensors", CPU)
    network, said = start.build(4)
    assert said.endswith("its head too")
    assert not torch.equal(start.with_head(network, 4, 1).classifier[6].weight, network.classifier[6].weight)
    assert torch.equal(start.with_head(network, 7, 1).features[0].weight, network.features[0].weight)


def test_the_head_may_learn_faster_and_frozen_norms_stay() -> None:
    network = NETWORKS["resnet18"].factory(classes=4)
    blocks = ("layer4.", "fc.")
    prepare(network, blocks)
    optimiser = optimiser_for(network, Optimiser(name="adam", rate=1e-5, head_rate=1e-3), "fc.")
    assert [group["lr"] for group in optimiser.param_groups] == [1e-5, 1e-3]
    assert len(optimiser.param_groups[1]["params"]) == 2
    before = {name: value.clone() for name, value in network.state_dict().items()}
    network(torch.rand(2, 3, 64, 64)).sum().backward()
    optimiser.step()
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]) != name.startswith(blocks) or "conv" in name or "downsample" in name
    assert torch.equal(network.bn1.running_mean, before["bn1.running_mean"])
    assert not torch.equal(network.layer4[0].bn1.running_mean, before["layer4.0.bn1.running_mean"])


@pytest.fixture(scope="module")
def describing(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights whose features differ between faces: drawn, with statistics of faces in the batch norms."""
    path = tmp_path_factory.mktemp("weights") / "mobilenet.safetensors"
    faces = CropSet.load(prepared("listed"), "train")
    pixels = np.stack(fitted(np.stack([faces.crop(index) for index in range(4)]), (3, 224, 224)))
    network = drawn_network("mobilenet_v3_small", pixels, 0, classes=4)
    save_file(network.state_dict(), path)
    return path


@pytest.mark.parametrize("loss", LossName.__args__)  # type: ignore[attr-defined]
def test_every_loss_teaches_a_head_on_frozen_features(
    loss: str, prepared: Prepared, describing: Path, tmp_path: Path
) -> None:
    words = ("--network", "mobilenet_v3_small", "--weights", describing, "--folds", 3, "--fold", 0, "--epochs", 12)
    assert train("massa", tmp_path, "--data", prepared("listed"), "--loss", loss, *words) == 0
    history = json.loads((tmp_path / "metrics.json").read_text())["history"]
    assert history[-1]["loss"] < history[0]["loss"]
    assert len(list((tmp_path / "features").glob("*.npy"))) == 2


def test_all_folds_are_summed_up(prepared: Prepared, tmp_path: Path) -> None:
    words = ("--network", "convnet48", "--folds", 3, "--epochs", 1)
    assert train("massa", tmp_path, "--data", prepared("listed"), *words) == 0
    told = json.loads((tmp_path / "folds.json").read_text())
    each = [json.loads((tmp_path / f"fold-{fold}" / "metrics.json").read_text()) for fold in range(3)]
    assert told["folds"] == 3
    assert told["test"]["accuracy"]["folds"] == [one["test"]["accuracy"] for one in each]
    assert told["test"]["mae"]["mean"] == pytest.approx(np.mean([one["test"]["mae"] for one in each]))


def test_early_stopping_ends_a_stage(prepared: Prepared, tmp_path: Path) -> None:
    recipe = read_recipe(paths()["massa"]).model_dump(mode="json")
    recipe["stages"][0] |= {"epochs": 50, "optimiser": {"name": "sgd", "rate": 1e-12}, "folds": None, "batch": 64}
    recipe["stages"][0]["stop"] = {"patience": 3, "by": "accuracy"}
    (tmp_path / "slow.yaml").write_text(json.dumps(recipe | {"network": "convnet48"}))
    assert train(str(tmp_path / "slow.yaml"), tmp_path / "out", "--data", prepared("listed")) == 0
    assert len(json.loads((tmp_path / "out" / "metrics.json").read_text())["history"]) == 4


def test_a_head_on_landmarks(prepared: Prepared, tmp_path: Path) -> None:
    torch.manual_seed(2)
    save_file(Landmarker(len(LANDMARKS)).state_dict(), tmp_path / "finder.safetensors")
    words = ("--data", prepared("listed"), "--network", "landmarks", "--folds", 3, "--fold", 2, "--epochs", 3)
    assert train("massa", tmp_path / "none", *words) == 2
    assert train("massa", tmp_path / "out", *words, "--weights", tmp_path / "finder.safetensors") == 0
    left = load_file(tmp_path / "out" / "float.safetensors")
    assert {name: list(value.shape) for name, value in left.items()} == {"head.weight": [2, WIDTH], "head.bias": [2]}
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["network"] == "landmarks"
