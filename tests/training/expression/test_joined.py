"""One network computes what its parts do, and the first reader's levels are those of the package's network."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from tests.training.expression.published import Arrays
from training.expression.grey_package import EMOTIONS, read_grey_reader
from training.expression.joined import first_alone, reader_of, with_reader, with_second, with_third
from training.expression.levels import PAIN, THRESHOLDS, scores_of
from training.expression.package import read_package
from training.expression.reader import UNIT, SecondReader
from training.expression.seen import Seen
from training.expression.start import starting
from training.expression.switch import Switch
from training.networks.grey_reader import GreyReader
from training.networks.two_readers import BOUND, TwoReaders

ROUNDING = 1e-9
"""Of scores in float64: sums of at most 2352 terms of up to 10 err by less than 2352 * 10 * 2^-53 = 2.6e-12 each, and
the layers after them make that up to 40 times as large."""


def inputs() -> Tensor:
    made = torch.Generator().manual_seed(8)
    return torch.rand(2, 3, 28, 28, generator=made).repeat_interleave(8, 2).repeat_interleave(8, 3).double()


def joined(folder: Path, drawn: float) -> tuple[TwoReaders, Tensor, Tensor]:
    """A whole network whose switch says `drawn` of anything; z of its first and of its second reader on the inputs."""
    network = first_alone(read_package(folder), THRESHOLDS).double()
    with torch.inference_mode():
        whole, low, middle = network.features(inputs())
        first = network.first(whole)[:, 0] - BOUND
    seen = Seen(low, middle, torch.cat(network.means(low, middle), 1), first)
    reader = SecondReader(seen, 3).double().eval()
    with_second(network, reader, Switch(torch.zeros(192), drawn))
    with torch.inference_mode():
        return network, first, reader(low, middle)


def test_each_reader_answers_as_it_does_alone(made: tuple[Path, Arrays]) -> None:
    for drawn in (0.0, 1.0):
        network, first, second = joined(made[0], drawn)
        wanted = scores_of((second if drawn else first).clamp(-BOUND, BOUND), THRESHOLDS)
        with torch.inference_mode():
            difference = functional.l1_loss(network(inputs()), wanted, reduction="none").max()
        assert float(difference) < ROUNDING, drawn
        assert float(wanted.std(0).max()) > 1e-3


def test_photographs_get_the_levels_of_the_packages_network(made: tuple[Path, Arrays]) -> None:
    network, _, _ = joined(made[0], -2.0)
    with torch.inference_mode():
        found, wanted = network(inputs()).argmax(1), starting(made[0]).double()(inputs()).argmax(1)
    assert torch.equal(found, wanted)


def test_two_networks_read_a_photograph_and_neither_a_drawing(
    made: tuple[Path, Arrays], grey: tuple[Path, Arrays]
) -> None:
    """Of a photograph z is the mean of what the two make of it, and what it leans; of a drawn face nothing changes."""
    state = {name: value.double() for name, value in read_grey_reader(grey[0]).items()}
    alone = GreyReader(len(EMOTIONS)).double().eval()
    alone.load_state_dict(state)
    with torch.inference_mode():
        other = alone(inputs()) @ torch.tensor([PAIN.get(name, 0.0) for name in EMOTIONS]).double()
    for drawn in (0.0, 1.0):
        network, first, second = joined(made[0], drawn)
        both = with_third(network, state, lean=0.75)
        z = second if drawn else (first + other) / 2 + 0.75
        with torch.inference_mode():
            found = both(inputs())
        assert float((found - scores_of(z.clamp(-BOUND, BOUND), THRESHOLDS)).abs().max()) < ROUNDING, drawn
    assert float(other.std()) > 1e-3


@contextmanager
def in_float64() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def test_a_networks_second_reader_is_taken_out_as_it_was_put_in(made: tuple[Path, Arrays]) -> None:
    network, _, second = joined(made[0], 1.0)
    with torch.inference_mode():
        _, low, middle = network.features(inputs())
        seen = Seen(3 * low, middle + 1, torch.cat(network.means(low, middle), 1), second)  # of other spreads
    with in_float64():
        taken = reader_of(network, seen, 5).double().eval()
    with torch.inference_mode():
        assert float((taken(low, middle) - second).abs().max()) < ROUNDING
    with torch.no_grad():
        taken.answer.bias.add_(1.0)
    with_reader(network, taken)
    with torch.inference_mode():
        changed = network.second(network.cells(low, middle))[:, 1]
        assert float((changed - second - UNIT).abs().max()) < ROUNDING
