"""Soft targets, and `./run train distil` from a teacher to a student's run folder, over two data layouts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

from tests.training.tiny import SHAPE, Other, Tiny, registered, save_crops, save_run
from training.commands.compile import main as compile_main
from training.commands.train import main
from training.data.batch import Batch, batch_of
from training.data.dataset import Crops
from training.data.pictures import DrawnPictures
from training.engine.loop import run_epoch
from training.loss.soft_targets import soft_loss, taught
from training.tuning.agreement import measured
from training.tuning.schedule import Schedule
from training.tuning.task import Tuning, begin, task_of


@pytest.fixture(scope="module", autouse=True)
def tiny_networks() -> Iterator[None]:
    torch.set_num_threads(1)
    with registered():
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_crops(tmp_path_factory.mktemp("distil") / "data")


@pytest.fixture(scope="module")
def teacher(data: Path) -> Path:
    return save_run(data.parent / "teacher", data)


def distil(*words: object) -> int:
    return main(["distil", "--teacher", "tiny", "--threads", "1", "--batch", "16", *map(str, words)])


def test_the_soft_loss_is_the_papers() -> None:
    """T^2 KL(softmax(z / T) || softmax(v / T)), by hand; none where both agree, whatever constant is added."""
    student, teacher = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[1.0, 0.0, 2.0]])
    for temperature in (1.0, 4.0):
        p, q = (F.softmax(scores / temperature, 1) for scores in (teacher, student))
        by_hand = temperature**2 * float((p * (p / q).log()).sum())
        assert float(soft_loss(student, teacher, temperature)) == pytest.approx(by_hand, rel=1e-5)
    assert float(soft_loss(teacher + 5, teacher)) == pytest.approx(0, abs=1e-6)
    with pytest.raises(ValueError, match="temperature"):
        soft_loss(student, teacher, 0.0)


def test_gradients_hardly_shrink_with_the_temperature() -> None:
    """What the paper multiplies by T^2 for: at high temperature the gradient tends to (z - v) / classes."""
    student, wanted = torch.tensor([[0.3, -0.2, 0.5, 0.1]], requires_grad=True), torch.tensor([[0.1, 0.2, -0.4, 0.1]])
    soft_loss(student, wanted, 1000.0).backward()
    centred = (student - wanted).detach()
    assert torch.allclose(student.grad, (centred - centred.mean()) / 4, atol=1e-4)


def test_both_losses_are_weighed_and_the_teacher_learns_nothing() -> None:
    torch.manual_seed(1)
    teacher, student = Tiny().eval(), Tiny().eval()
    batch = Batch(np.full((2, 64, 64, 3), 80, np.uint8), np.array([0, 3]), SHAPE)
    hard, soft, both = (taught(teacher, SHAPE, part)(student, batch) for part in (0.0, 1.0, 0.25))
    assert float(both.detach()) == pytest.approx(0.75 * float(hard.detach()) + 0.25 * float(soft.detach()), rel=1e-5)
    both.backward()
    assert all(p.grad is None for p in teacher.parameters()) and any(p.grad is not None for p in student.parameters())


def test_a_teacher_may_take_other_pictures() -> None:
    """It sees the same crops, in its own shape."""
    seen: list[torch.Size] = []

    class Wide(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x.shape)
            return x.mean((2, 3))[:, :1].expand(-1, 4)

    batch = Batch(np.zeros((2, 64, 64, 3), np.uint8), np.array([0, 3]), SHAPE)
    taught(Wide(), (3, 48, 40), 0.5)(Tiny(), batch)
    assert seen == [(2, 3, 48, 40)] and batch.x.shape == (2, *SHAPE)


def test_a_student_learns_from_soft_targets_alone(teacher: Path, data: Path) -> None:
    """No level is told: what it knows of them comes from the teacher."""
    from training.aware.float_network import from_run

    knows, train = from_run(teacher).module, DrawnPictures(Crops.load(data / "train.npz"))
    torch.manual_seed(2)
    student = Other()
    test = DrawnPictures(Crops.load(data / "test.npz"))
    schedule = Schedule(25, 16, 1e-2, relative=False)
    task = task_of(Tuning(train, test, SHAPE, taught(knows, SHAPE, 1.0), schedule))
    state = begin(student, schedule)
    before = measured(student, test, SHAPE)
    for _ in range(schedule.epochs):
        run_epoch(task, state, lambda done: None)
        state.epoch += 1
    after = measured(student, test, SHAPE)
    assert after.accuracy >= before.accuracy + 0.2 and after.accuracy >= 0.5


def test_from_teacher_to_bundle(teacher: Path, data: Path, tmp_path: Path) -> None:
    """The run's folder compiles; after an interruption it goes on, and ends the same."""
    out = tmp_path / "student"
    words = ["--teacher-weights", teacher / "float.safetensors", "--student", "other", "--data", data, "--epochs", 2]
    assert distil(*words, "--out", out) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["network"] == "other" and metrics["licences"] == [] and metrics["recipe"]["teacher"] == "tiny"
    names = [row["name"] for row in metrics["variants"]]
    assert names == ["tiny, float", "other, float", "other, int8"] and metrics["variants"][2]["price"]["online_bytes"]
    module = Other()
    module.load_state_dict(load_file(out / "float.safetensors"))
    test = DrawnPictures(Crops.load(data / "test.npz"))
    assert measured(module, test, SHAPE).accuracy == metrics["test"]["accuracy"]
    assert np.load(out / "calibration.npy").shape[1:] == SHAPE
    assert compile_main(["--run", str(out), "--out", str(tmp_path / "bundle")]) == 0
    assert distil(*words, "--out", out) == 0  # every epoch is in the checkpoint
    assert json.loads((out / "metrics.json").read_text()) == metrics


def test_the_teachers_terms_bind_the_student(
    teacher: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bound = shutil.copytree(teacher, tmp_path / "bound")
    said = json.loads((bound / "metrics.json").read_text()) | {"licences": ["unbc-mcmaster"]}
    (bound / "metrics.json").write_text(json.dumps(said))
    words = ["--teacher-weights", bound / "float.safetensors", "--student", "tiny", "--data", data, "--epochs", 0]
    assert distil(*words, "--out", tmp_path / "student") == 0
    assert json.loads((tmp_path / "student" / "metrics.json").read_text())["licences"] == ["unbc-mcmaster"]
    assert compile_main(["--run", str(tmp_path / "student"), "--out", str(tmp_path / "bundle")]) == 2
    assert "UNBC" in capsys.readouterr().err and not (tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    "words,said",
    [
        (["--classes", "3"], "float.safetensors: not the weights of tiny with 3 levels"),
        (["--student-weights", "none.pt"], "none.pt: no such file"),
        (["--temperature", "0"], "--temperature must be above 0"),
        (["--data", "nowhere"], "nowhere: no such file"),
    ],
)
def test_what_cannot_be(
    words: list[str], said: str, teacher: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--teacher-weights", teacher / "float.safetensors", "--data", data, "--out", tmp_path / "out"]
    assert distil(*given, *words) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1 and not (tmp_path / "out").exists()


def test_squeezenet_learns_through_its_twin_and_is_plain_afterwards(teacher: Path, data: Path, tmp_path: Path) -> None:
    """With batch norm while it learns, folded in what is left; a single crop of each level shows the way."""
    from training.networks.squeezenet import squeezenet_v1_1

    out = tmp_path / "out"
    words = ["--teacher-weights", teacher / "float.safetensors", "--data", data, "--epochs", 1, "--limit", 4]
    assert distil(*words, "--student", "squeezenet", "--out", out) == 0
    squeezenet_v1_1().load_state_dict(load_file(out / "float.safetensors"))


def test_variation_keeps_the_crops_size_and_is_repeatable(data: Path) -> None:
    train = DrawnPictures(Crops.load(data / "train.npz"))
    one, other = (batch_of(train, np.arange(4), SHAPE, np.random.default_rng(3)) for _ in range(2))
    plain = batch_of(train, np.arange(4), SHAPE)
    assert np.array_equal(one.crops, other.crops) and one.crops.shape == plain.crops.shape
    assert not np.array_equal(one.crops, plain.crops)
