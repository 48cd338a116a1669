"""A narrow network beside the wide one: what it takes over, what it learns, and that both are read alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from training.errors import OptionError
from training.narrow.readings import DOUBT, Measure, reading_of
from training.narrow.task import LEARNING, NEW, narrowed
from training.networks.narrow_readers import NarrowReaders
from training.networks.three_readers import ThreeReaders
from training.networks.two_readers import BOUND
from training.runs.start import start_of

SHIPPED = Path(__file__).parents[3] / "models" / "expression-real"


@pytest.fixture(scope="module")
def teacher() -> ThreeReaders:
    network = start_of(SHIPPED).network
    assert isinstance(network, ThreeReaders)
    return network


def crops(count: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(1).uniform(size=(count, 3, 224, 224)).astype(np.float32))


def test_what_it_has_in_common_is_the_wide_ones_and_what_is_new_learns(teacher: ThreeReaders) -> None:
    network, theirs = narrowed(teacher), teacher.state_dict()
    for name, value in network.state_dict().items():
        if not name.startswith(NEW):
            assert torch.equal(value, theirs[name]), name
    x = crops(2)
    with torch.inference_mode():  # the stem sees two pixels further right and down than the wide one's first one does
        stem, wide = network.lower.stem(x), teacher.dense0.conv0(teacher.halve(x[:, :, 2:, 2:]))
    assert torch.allclose(stem[:, :, 1:, 1:], wide[:, :, 1:, 1:], atol=1e-4)
    learning = {name for name, one in network.named_parameters() if one.requires_grad}
    assert learning == {name for name, _ in network.named_parameters() if name.startswith(LEARNING)}
    assert not any(name.startswith(("first.", "second.", "levels.", "third.answer.")) for name in learning)


@pytest.mark.parametrize("narrow", [False, True])
def test_a_reading_is_what_the_levels_are_made_of(teacher: ThreeReaders, narrow: bool) -> None:
    """The answers by the formulas of two_readers.py, and the levels by the network itself."""
    network = narrowed(teacher) if narrow else teacher
    network.eval()
    x = crops(2)
    with torch.inference_mode():
        reading = reading_of(network, x)
        first, second, doubt = reading.answers.double().unbind(1)
        drawn = functional.relu(1 - functional.relu(doubt / DOUBT))  # what is dulled is above 1 or below 0 as well
        v = torch.stack([first - 2 * BOUND * drawn, second - BOUND + 2 * BOUND * drawn], 1)
        scores, wanted = network.levels(functional.relu(v).float()), network(x)
    assert reading.maps[0].shape == (2, 64, 28, 28) and reading.maps[2].shape == (2, 256, 7, 7)
    assert torch.allclose(scores, wanted, atol=1e-2)


def test_errors_count_in_the_spread_of_each_channel(teacher: ThreeReaders) -> None:
    with torch.inference_mode():
        reading = reading_of(teacher, crops(4))
        measure = Measure.of(reading)
        blind = type(reading)(tuple(one.mean((0, 2, 3), keepdim=True).expand_as(one) for one in reading.maps),
                              reading.answers)  # fmt: skip
    assert float(measure.loss(reading, reading)) == 0
    errors = measure.errors(blind, reading)
    assert bool((errors > 0.3).all()) and bool((errors <= 1).all()), "as large as the spread, but for silent channels"


def test_a_narrow_network_is_not_made_narrower(teacher: ThreeReaders) -> None:
    network = narrowed(teacher)
    assert isinstance(network, NarrowReaders)
    with pytest.raises(OptionError, match="narrow network already"):
        narrowed(network)
