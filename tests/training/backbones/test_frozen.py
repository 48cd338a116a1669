"""A frozen network's features are what goes into its head, of its own kind of input, and the same every time."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.backbones import NAMES, DeviceError, UnknownBackboneError, WeightsError, frozen
from training.backbones.backbone import inputs_of
from training.engine.device import chosen
from training.landmark_finder.crops import LandmarkSet
from training.networks.imagenet import MEAN, STD
from training.networks.registry import NETWORKS, network

WIDTHS = {"squeezenet": 512, "resnet18": 512, "resnet50": 2048, "convnet48": 1024, "mobilenet_v2": 1280,
          "mobilenet_v3_small": 1024, "mobilenet_v3_small_published": 1024, "mobilenet_v3_large": 1280,
          "mobilenet_v3_large_published": 1280, "facenet": 512, "dinov2_s": 768, "expression_net": 256,
          "expression_two_readers": 2, "expression_three_readers": 2,
          "expression_narrow_readers": 2}  # fmt: skip
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]


def saved(name: str, path: Path, classes: int = 4) -> nn.Module:
    """A network of drawn weights and drawn statistics, and its file."""
    torch.manual_seed(5)
    module = network(name).factory(classes=classes).eval()
    for one in module.modules():
        if isinstance(one, nn.BatchNorm2d | nn.BatchNorm1d):
            one.running_mean.normal_(std=0.05)
            one.running_var.uniform_(0.5, 2)
    torch.save(module.state_dict(), path)
    return module


def test_every_network_and_the_landmarks_are_backbones() -> None:
    assert set(NAMES) == {*NETWORKS, "landmarks"}
    assert WIDTHS.keys() == NETWORKS.keys() - {"dinov2_l"}


@pytest.mark.parametrize("name", sorted(WIDTHS))
def test_features_are_what_the_head_takes(name: str, crops: LandmarkSet) -> None:
    backbone, entry = frozen(name), network(name)
    features = backbone.describe(crops.images[:2])
    assert backbone.width == WIDTHS[name]
    assert features.shape == (2, backbone.width) and features.dtype == np.float32
    assert np.isfinite(features).all() and np.abs(features[0] - features[1]).max() > 0
    assert np.array_equal(features, frozen(name).describe(crops.images[:2]))
    assert backbone.describe(crops.images[:0]).shape == (0, backbone.width)
    assert entry.input_shape[0] in (1, 3)


@pytest.mark.parametrize("name", ["resnet18", "convnet48", "mobilenet_v3_small_published", "facenet", "dinov2_s"])
@pytest.mark.parametrize("device", DEVICES)
def test_the_head_on_the_features_gives_the_networks_scores(
    name: str, device: str, crops: LandmarkSet, tmp_path: Path
) -> None:
    module, entry = saved(name, tmp_path / "net.pt"), network(name)
    features = frozen(name, tmp_path / "net.pt", device).describe(crops.images[:2])
    with torch.inference_mode():
        wanted = module(inputs_of(crops.images[:2], entry.input_shape))
        found = module.get_submodule(entry.head)(torch.from_numpy(features))
    scale = float(wanted.abs().max())
    assert torch.allclose(found, wanted, atol=(1e-5 if device == "cpu" else 1e-2) * scale)


def test_an_imagenet_checkpoint_gets_normalised_inputs(crops: LandmarkSet, tmp_path: Path) -> None:
    module = saved("resnet18", tmp_path / "public.pt", classes=1000)
    mean, std = (torch.tensor(values)[:, None, None] for values in (MEAN, STD))
    features = frozen("resnet18", tmp_path / "public.pt").describe(crops.images[:2])
    with torch.inference_mode():
        wanted = module((inputs_of(crops.images[:2], (3, 224, 224)) - mean) / std)
        assert torch.allclose(module.fc(torch.from_numpy(features)), wanted, atol=1e-4)


def test_a_body_without_a_head_is_enough_and_a_strange_file_is_refused(tmp_path: Path) -> None:
    state = saved("resnet18", tmp_path / "net.pt").state_dict()
    torch.save({name: value for name, value in state.items() if not name.startswith("fc.")}, tmp_path / "body.pt")
    assert frozen("resnet18", tmp_path / "body.pt").width == 512
    with pytest.raises(WeightsError, match="size mismatch for"):
        frozen("resnet50", tmp_path / "body.pt")
    torch.save({name: value for name, value in state.items() if "layer1" not in name}, tmp_path / "part.pt")
    with pytest.raises(WeightsError, match=r"it lacks layer1\.0\.conv1\.weight, .*; it has nothing"):
        frozen("resnet18", tmp_path / "part.pt")
    torch.save({**state, "conv1.weight": torch.zeros(1)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="conv1"):
        frozen("resnet18", tmp_path / "other.pt")
    (tmp_path / "junk.pt").write_bytes(b"junk")
    with pytest.raises(WeightsError, match="not a state dict"):
        frozen("resnet18", tmp_path / "junk.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    with pytest.raises(WeightsError, match="not a state dict"):
        frozen("resnet18", tmp_path / "list.pt")
    with pytest.raises(WeightsError, match="no such file"):
        frozen("resnet18", tmp_path / "nowhere.pt")


def test_names_devices_and_pictures_are_checked() -> None:
    with pytest.raises(UnknownBackboneError, match="there are convnet48"):
        frozen("vgg")
    for name in ("tpu", "mps", "cuda:99"):
        with pytest.raises(DeviceError, match=f"--device {name}"):
            chosen(name)
    with pytest.raises(ValueError, match="crops are uint8"):
        frozen("convnet48").describe(np.zeros((1, 3, 224, 224), np.uint8))


def test_a_missing_gpu_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(DeviceError, match="torch finds no CUDA GPU here"):
        frozen("convnet48", device="cuda")
