"""A linear head on frozen features learns what it is shown, by every kind of features that serve so."""

from pathlib import Path

import pytest
import torch
from rich.console import Console
from safetensors.torch import save_file
from torch.nn import functional

from training.backbones import frozen
from training.landmark_finder.crops import LandmarkSet
from training.landmark_finder.task import Settings, train

STEPS = 200


@pytest.fixture(scope="module")
def finder(crops: LandmarkSet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("finder") / "landmarks.safetensors"
    network = train(crops, Settings(12, 8, 3e-3, 1), torch.device("cpu"), Console(quiet=True))
    save_file(network.state_dict(), path)
    return path


@pytest.mark.parametrize("name", ["dinov2_s", "mobilenet_v3_small_published", "landmarks"])
def test_a_head_learns_what_it_is_shown(name: str, crops: LandmarkSet, finder: Path) -> None:
    images, classes = crops.images[:12], torch.arange(12) % 4
    features = torch.from_numpy(frozen(name, finder if name == "landmarks" else None).describe(images))
    features = (features - features.mean(0)) / (features.std(0) + 1e-6)
    torch.manual_seed(0)
    head = torch.nn.Linear(features.shape[1], 4)
    optimiser = torch.optim.AdamW(head.parameters(), 3e-2)
    for _ in range(STEPS):
        loss = functional.cross_entropy(head(features), classes)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert float((head(features).argmax(1) == classes).float().mean()) > 0.8
