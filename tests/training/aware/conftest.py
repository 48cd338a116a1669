"""One tiny network and its data for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.training.tiny import registered, save_crops, save_run


@pytest.fixture(scope="module", autouse=True)
def tiny_networks() -> Iterator[None]:
    """For as long as a module here runs: other tests count the networks there are."""
    torch.set_num_threads(1)
    with registered():
        yield


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with registered():
        return save_crops(tmp_path_factory.mktemp("aware") / "data")


@pytest.fixture(scope="session")
def run_folder(data: Path) -> Path:
    with registered():
        return save_run(data.parent / "run", data)
