"""A linear head on frozen features learns pain from none: by the features that are trained so, and in seconds."""

import numpy as np
import pytest
import torch
from rich.console import Console
from safetensors.torch import save_file

from training.backbones import Backbone, frozen
from training.data.landmark_set import LandmarkSet
from training.landmarks import fit


@pytest.fixture(scope="module")
def finder(crops: LandmarkSet, tmp_path_factory: pytest.TempPathFactory):
    path = tmp_path_factory.mktemp("finder") / "landmarks.safetensors"
    network = fit(crops, 4, 8, 3e-3, 1, torch.device("cpu"), Console(quiet=True))
    save_file(network.state_dict(), path)
    return path


@pytest.mark.parametrize("name", ["dinov2_s", "mobilenet_v3_small_published", "landmarks"])
def test_a_linear_head_separates_what_it_was_shown(name: str, crops: LandmarkSet, finder) -> None:
    backbone: Backbone = frozen(name, finder if name == "landmarks" else None)
    features = backbone.describe(crops.images)
    features = (features - features.mean(axis=0)) / (features.std(axis=0) + 1e-6)
    wanted = np.where(np.arange(len(crops)) % 2, 1.0, -1.0)
    # as many features as crops and more: least squares reaches any labels, unless crops are described alike
    kernel = features @ features.T / features.shape[1]
    answers = kernel @ np.linalg.solve(kernel + 1e-3 * np.eye(len(crops)), wanted)
    assert (np.sign(answers) == wanted).all()
