"""The network of bars under its name, and drawn crops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.adapt.bars import Bars
from tests.training.tiny import SHAPE, crops
from training.data.dataset import Crops
from training.datasets.manifest import PARTS
from training.networks.registry import NETWORKS


@pytest.fixture(scope="session", autouse=True)
def bars_network() -> Iterator[None]:
    """Registered under the name "bars"."""
    torch.set_num_threads(1)
    NETWORKS["bars"] = replace(
        NETWORKS["expression_net"], factory=Bars, input_shape=SHAPE, blocks=("body.", "upper.", "head.")
    )
    yield
    del NETWORKS["bars"]


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """train.npz, validation.npz and test.npz."""
    folder = tmp_path_factory.mktemp("drawn")
    for seed, (part, people) in enumerate(zip(PARTS, (8, 6, 6), strict=True), 1):
        np.savez(folder / f"{part}.npz", **vars(crops(people, 4, seed)))
    assert len(Crops.load(folder / "train.npz")) == 128
    return folder
