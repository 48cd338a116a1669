"""Bundles for measuring: marked as untrained, the same for the same seed, made once, of every network that compiles."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from snni.compile.compiler import real_graph
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from training.networks.registry import COMPILED
from training.untrained import bundle as untrained
from training.untrained.network import drawn_faces, drawn_network

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def faces() -> np.ndarray:
    return drawn_faces((3, 96, 96), people=1)


@pytest.fixture(scope="module")
def grey() -> np.ndarray:
    return drawn_faces((1, 48, 48), people=1)


def test_faces_have_the_shape_asked_for(faces, grey) -> None:
    assert faces.shape[1:] == (3, 96, 96) and grey.shape[1:] == (1, 48, 48)
    assert faces.dtype == grey.dtype == np.uint8
    assert faces.std() > 20 and len({face.tobytes() for face in faces}) == len(faces) >= 4


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "mobilenet_v2"])
def test_norms_have_the_faces_statistics(name: str, faces) -> None:
    """What leaves each convolution is normalised on them, and scores are centred."""
    network = drawn_network(name, faces, seed=3, classes=4)
    assert not network.training
    seen = []
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.register_forward_hook(lambda _m, _i, output: seen.append((output.mean(), output.std())))
    with torch.inference_mode():
        scores = network(torch.from_numpy(faces).float() / 255)
    assert len(seen) >= 20
    assert all(abs(mean) < 1e-2 and 0.8 < deviation < 1.1 for mean, deviation in seen)
    assert torch.allclose(scores.mean(0), torch.zeros(4), atol=1e-3) and scores.std() > 1e-3


def test_one_seed_one_network(grey) -> None:
    def state(seed: int) -> dict[str, torch.Tensor]:
        return drawn_network("convnet48", grey, seed, classes=4).state_dict()

    before = torch.random.get_rng_state()
    first, again, other = state(1), state(1), state(2)
    assert all(torch.equal(first[key], again[key]) for key in first)
    assert not torch.equal(first["features.0.weight"], other["features.0.weight"])
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_command_makes_a_bundle_that_says_what_it_is(tmp_path: Path, capsys) -> None:
    assert untrained.main(["convnet48", "--out", str(tmp_path / "a"), "--classes", "3", "--pool", "average"]) == 0
    printed = capsys.readouterr().out
    bundle = Bundle.load(tmp_path / "a")
    assert bundle.card.splitlines()[0] == "Untrained: drawn weights, for measurement only. It recognises nothing."
    assert bundle.plan.levels == 3 and not any(step.op == "maxpool" for step in bundle.plan.steps)
    assert "bytes online" in printed and "classifier_6" in printed
    faces = drawn_faces((1, 48, 48))
    levels = {Reference(bundle.plan, bundle.weights).run(face).level for face in faces}
    assert len(levels) > 1


def test_a_bundle_is_made_once(tmp_path: Path, monkeypatch) -> None:
    made = []

    def record(name: str, out: Path, seed: int, **options: object) -> None:
        made.append((name, seed, options))
        out.mkdir(parents=True)
        (out / "plan.json").write_text("{}")

    monkeypatch.setattr(untrained, "CACHE", tmp_path)
    monkeypatch.setattr(untrained, "make", record)
    first = untrained.cached("resnet18", classes=4)
    assert untrained.cached("resnet18", classes=4) == first
    others = {untrained.cached("resnet18", seed=1, classes=4), untrained.cached("resnet50", classes=4)}
    assert len(made) == 3 and first not in others


def test_a_choice_that_a_network_does_not_leave_is_refused(capsys) -> None:
    with pytest.raises(SystemExit):
        untrained.main(["mobilenet_v2", "--pool", "average"])
    assert "leaves no choice" in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(COMPILED))
def test_every_network_is_read_by_the_compiler(name: str) -> None:
    entry = COMPILED[name]
    module = entry.factory(classes=4)
    graph = real_graph(module, entry.input_shape)
    convolutions = sum(isinstance(m, nn.Conv2d | nn.Linear) for m in module.modules())
    assert graph[graph.output].shape == (4, 1, 1)
    assert sum(node.op == "conv" for node in graph) == convolutions
