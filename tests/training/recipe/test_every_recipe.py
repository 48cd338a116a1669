"""Each recipe runs to its end on a small tree in its data set's layout, and leaves what compiler and reader need."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from tests.training.recipe.quickly import Prepared, train
from training.datasets.labels import SCHEMES
from training.networks.registry import NETWORKS
from training.recipe.blocks import blocks_of
from training.recipe.files import paths, read_recipe
from training.recipe.initialisation import Initialisation

SETS = {
    "secfepas_resnet50": {"unbc": "unbc"},
    "secfepas_squeezenet": {"unbc": "unbc"},
    "ppvc": {"fer2013": "fer2013", "ravdess": "ravdess"},
    "hosseini": {"ferplus": "ferplus", "unbc": "unbc7"},
    "massa": {"pain": "biovid"},
}
EPOCHS = {"secfepas_squeezenet": 2, "ppvc": 2, "massa": 20}
KEYS = {"network", "classes", "licences", "accepted", "recipe", "seed", "weights", "data", "test", "history"}


@dataclass(frozen=True)
class Made:
    name: str
    out: Path
    weights: Path | None

    @property
    def metrics(self) -> dict[str, Any]:
        return json.loads((self.out / "metrics.json").read_text())


@pytest.fixture(scope="module", params=sorted(SETS))
def made(request: pytest.FixtureRequest, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Made:
    name, out = request.param, tmp_path_factory.mktemp("runs") / request.param
    words: list[object] = ["--epochs", EPOCHS.get(name, 1)]
    for data, tree in SETS[name].items():
        words += ["--data", f"{data}={prepared(tree)}"]
    weights = None
    if name == "secfepas_squeezenet":
        weights = out.with_suffix(".safetensors")
        torch.manual_seed(3)
        save_file(NETWORKS["squeezenet"].factory(classes=1000).state_dict(), weights)
        words += ["--weights", weights]
    if name == "massa":
        words += ["--folds", "3", "--fold", "1"]
    assert train(name, out, *words) == 0
    return Made(name, out, weights)


def test_all_recipes_are_run() -> None:
    assert set(paths()) == set(SETS)


def test_it_leaves_what_the_compiler_takes(made: Made) -> None:
    recipe, metrics = read_recipe(paths()[made.name]), made.metrics
    entry, classes = NETWORKS[recipe.network], len(SCHEMES[metrics["classes"]].classes)
    network = entry.factory(classes=classes)
    network.load_state_dict(load_file(made.out / "float.safetensors"))
    calibration = np.load(made.out / "calibration.npy")
    assert calibration.dtype == np.float32 and calibration.shape[1:] == entry.input_shape
    assert 0 < len(calibration) <= 64 and calibration.min() >= 0 and 0.3 < calibration.max() <= 1
    with torch.inference_mode():
        scores = network.eval()(torch.from_numpy(calibration[:2]))
    assert scores.shape == (2, classes) and torch.isfinite(scores).all()
    assert not list(made.out.rglob("*.partial"))


def test_it_says_what_it_was_made_of(made: Made) -> None:
    metrics = made.metrics
    assert metrics.keys() >= KEYS
    assert metrics["network"] == read_recipe(paths()[made.name]).network
    licences = {"secfepas": ["unbc-mcmaster"], "ppvc": ["fer2013", "ravdess"], "massa": ["biovid"],
                "hosseini": ["fer2013", "unbc-mcmaster"]}[made.name.split("_")[0]]  # fmt: skip
    assert metrics["licences"] == licences == sorted(metrics["accepted"])
    assert all(min(stage["subjects"].values()) >= 1 for stage in metrics["data"])
    assert {stage["split_by"] for stage in metrics["data"]} <= {"subject", "picture"}
    if made.weights is None:
        assert metrics["weights"] is None
    else:
        assert metrics["weights"]["name"] == made.weights.name and len(metrics["weights"]["sha256"]) == 64
    assert sum(map(sum, metrics["test"]["confusion"])) == metrics["test"]["crops"] > 0
    assert 0 <= metrics["test"]["accuracy"] <= 1


def test_its_report_is_a_page(made: Made) -> None:
    class Reader(HTMLParser):
        headings = 0
        loads: tuple[str, ...] = ()

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.headings += tag in ("h1", "h2")
            self.loads += tuple(value or "" for name, value in attrs if name in ("src", "href"))

    text = (made.out / "report.html").read_text()
    reader = Reader()
    reader.feed(text)
    assert reader.headings >= 6 and not reader.loads and "<script" not in text
    assert f"recipe {made.name}" in text
    told = json.loads((made.out / "report.json").read_text())
    assert told["stills"]["crops"] == made.metrics["test"]["crops"]
    assert told["ordered"] == (made.name != "ppvc")


def test_its_logs_are_tensorboards(made: Made) -> None:
    events = EventAccumulator(str(made.out / "logs"))
    events.Reload()
    history = made.metrics["history"]
    assert [event.step for event in events.Scalars("loss/training")] == list(range(1, len(history) + 1))
    said = [event.value for event in events.Scalars("validation/loss")]
    assert said == pytest.approx([row["validation"]["loss"] for row in history], rel=1e-5)
    stages = [stage["name"] for stage in made.metrics["recipe"]["stages"]]
    assert list(dict.fromkeys(row["stage"] for row in history)) == stages


def test_frozen_blocks_keep_their_weights_and_the_others_learn(made: Made) -> None:
    recipe = read_recipe(paths()[made.name])
    start = Initialisation.of(recipe, recipe.seed, made.weights, torch.device("cpu"))
    classes = len(SCHEMES[made.metrics["classes"]].classes)
    before, after = start.build(classes)[0].state_dict(), load_file(made.out / "float.safetensors")
    learned = {block for stage in recipe.stages for block in blocks_of(recipe, stage, start.entry)}
    moved = {block: any(not torch.equal(before[name], after[name]) for name in before if name.startswith(block))
             for block in start.entry.blocks}  # fmt: skip
    assert moved == {block: block in learned for block in start.entry.blocks}
    assert recipe.name in ("ppvc", "hosseini") or not all(moved.values())
