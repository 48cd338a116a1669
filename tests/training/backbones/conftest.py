"""Two dozen drawn crops with the places of their landmarks."""

import pytest
import torch

from training.landmark_finder.crops import LandmarkSet, drawn


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def crops() -> LandmarkSet:
    return drawn("train", 6)
