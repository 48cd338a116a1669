"""The landmark finder learns, its command leaves what the backbone needs, and features do not depend on the pose."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console

from tests.training.interrupted import interrupted_after
from training.backbones import WeightsError, frozen
from training.backbones.landmarks import DISTANCES, WIDTH, described, find
from training.commands import train as command
from training.landmark_finder.crops import MIRRORED, LandmarkSet, varied
from training.landmark_finder.run import errors_of
from training.landmark_finder.task import Settings, checkpoint_of, train
from training.networks.landmarker import Landmarker
from training.synth.landmarks import LANDMARKS

CPU = torch.device("cpu")


def turned(points: np.ndarray, angle: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = np.cos(angle), np.sin(angle)
    return (scale * points @ np.array([[cos, sin], [-sin, cos]]) + shift).astype(np.float32)


def test_points_are_where_the_detector_aligned_the_face(crops: LandmarkSet) -> None:
    assert crops.images.shape[1:] == (224, 224, 3) and crops.points.shape[1:] == (len(LANDMARKS), 2)
    assert len(crops) >= 20
    assert crops.points.min() > 0 and crops.points.max() < 1.1  # the chin of an open jaw may be below the crop
    lids = crops.points[:, LANDMARKS.index("left_lid_upper")]
    assert np.abs(lids.mean(axis=0) - (0.35, 0.42)).max() < 0.05


def test_a_finder_learns_the_crops_it_is_shown(crops: LandmarkSet) -> None:
    few = LandmarkSet(crops.images[:12], crops.points[:12])
    blank = errors_of(find(Landmarker(len(LANDMARKS)).eval(), few.images, CPU), few.points).mean()
    network = train(few, Settings(25, 6, 3e-3, 1), CPU, Console(quiet=True))
    learnt = errors_of(find(network, few.images, CPU), few.points).mean()
    assert learnt < 0.12 < 0.4 < blank


def test_an_interrupted_finder_goes_on_to_the_bit(crops: LandmarkSet, tmp_path: Path) -> None:
    """Its chance is one stream through all epochs: who goes on goes through it again until there."""
    few, settings, console = (
        LandmarkSet(crops.images[:8], crops.points[:8]),
        Settings(3, 4, 3e-3, 1),
        Console(quiet=True),
    )
    whole = train(few, settings, CPU, console, checkpoint_of(tmp_path / "whole.pt", few, settings))
    kept = checkpoint_of(tmp_path / "cut.pt", few, settings)
    with interrupted_after(2):
        train(few, settings, CPU, console, kept)
    rest = train(few, settings, CPU, console, kept)
    for one, other in zip(whole.state_dict().values(), rest.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_what_changes_a_crop_changes_its_points_alike() -> None:
    """A light at the left corner of the mouth is at one of the corners after, at the right one in a mirror."""
    left, right = LANDMARKS.index("mouth_left"), LANDMARKS.index("mouth_right")
    points = np.full((1, len(LANDMARKS), 2), 0.5, np.float32)
    points[0, left], points[0, right] = ((80.5, 150.5), (140.5, 150.5))
    points[0, [left, right]] /= 224
    image = np.zeros((1, 224, 224, 3), np.uint8)
    image[0, 149:152, 79:82] = 255
    seen = set()
    rng = np.random.default_rng(4)
    for _ in range(12):
        inputs, moved = varied(LandmarkSet(image, points), np.array([0]), rng)
        assert inputs.shape == (1, 3, 112, 112) and moved.dtype == torch.float32
        grey = inputs[0].mean(0).numpy() - inputs[0].mean(0).numpy().min()
        rows, columns = np.mgrid[0:112, 0:112] + 0.5
        light = np.array([(grey * columns).sum(), (grey * rows).sum()]) / grey.sum() / 112
        away = [float(np.abs(moved[0, index].numpy() - light).max()) * 112 for index in (left, right)]
        assert min(away) < 0.5 < 10 < max(away)
        seen.add(int(np.argmin(away)))
    assert seen == {0, 1}


def test_mirroring_twice_is_nothing() -> None:
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(len(LANDMARKS)))
    assert LANDMARKS[MIRRORED[LANDMARKS.index("mouth_left")]] == "mouth_right"
    assert LANDMARKS[MIRRORED[LANDMARKS.index("chin")]] == "chin"


def test_features_do_not_depend_on_place_size_and_roll(crops: LandmarkSet) -> None:
    plain = described(crops.points)
    assert plain.shape == (len(crops), WIDTH)
    moved = described(turned(crops.points, 0.3, 1.7, (0.2, -0.1)))
    assert np.allclose(plain, moved, atol=1e-3)
    eyes = plain[:, : 2 * len(LANDMARKS)].reshape(len(crops), -1, 2)
    left = [LANDMARKS.index(f"left_eye_{end}") for end in ("inner", "outer")]
    assert np.allclose(eyes[:, left].mean(axis=1), (-0.5, 0), atol=1e-4)


def test_distances_are_in_units_of_the_eyes(crops: LandmarkSet) -> None:
    first, second = DISTANCES[-2]
    assert (first, second) == ("mouth_left", "mouth_right")
    points = crops.points[:1].copy()
    points[0, LANDMARKS.index(first)], points[0, LANDMARKS.index(second)] = (0.4, 0.7), (0.6, 0.7)
    corners = [np.mean([points[0, LANDMARKS.index(f"{side}_eye_{end}")] for end in ("inner", "outer")], axis=0)
               for side in ("left", "right")]  # fmt: skip
    wanted = 0.2 / np.linalg.norm(corners[1] - corners[0])
    assert described(points)[0, -2] == pytest.approx(wanted, rel=1e-4)
    assert np.isfinite(described(np.zeros((1, len(LANDMARKS), 2), np.float32))).all()


def test_the_command_leaves_weights_that_describe_crops(
    crops: LandmarkSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for split in ("train", "test"):
        LandmarkSet(crops.images[:8], crops.points[:8]).save(tmp_path / f"{split}.npz")
    words = ["landmarks", "--out", str(tmp_path), "--people", "2", "--epochs", "1", "--threads", "1"]
    assert command.main(words) == 0
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["train_crops"] == metrics["test_crops"] == 8 and len(metrics["error_of"]) == len(LANDMARKS)
    backbone = frozen("landmarks", tmp_path / "landmarks.safetensors")
    features = backbone.describe(crops.images[:3])
    assert features.shape == (3, backbone.width) and features.dtype == np.float32 and backbone.width == WIDTH
    assert command.main([*words, "--device", "tpu"]) == 2
    assert "--device tpu" in capsys.readouterr().err


def test_landmarks_without_weights_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"\./run train landmarks"):
        frozen("landmarks")
    torch.save({"fc.weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="not a landmark finder's"):
        frozen("landmarks", tmp_path / "other.pt")
