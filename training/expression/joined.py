"""A whole network of two readers out of its parts, whose layers do what the parts do, to rounding."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from training.expression.grey_package import EMOTIONS
from training.expression.levels import PAIN, SOFTNESS, pain_weights, scores_of
from training.expression.reader import UNIT, SecondReader
from training.expression.seen import Seen
from training.expression.switch import Switch
from training.networks.three_readers import ThreeReaders, three_readers
from training.networks.two_readers import BOUND, TwoReaders, two_readers


def first_alone(package: Mapping[str, Tensor], thresholds: tuple[float, ...]) -> TwoReaders:
    """The first reader and the levels set, the second one always off. package: the expression network's state dict."""
    network = two_readers(len(thresholds) + 1)
    kept = {name: value for name, value in package.items() if not name.startswith("fc.")}
    network.load_state_dict(kept, strict=False)
    with torch.no_grad():
        new = (network.cells, network.low_doubt, network.middle_doubt, network.switch)
        for layer in (*new, network.first, network.second, network.gate):
            for parameter in layer.parameters():
                parameter.zero_()
        network.first.weight[0] = pain_weights() @ package["fc.weight"]
        network.first.bias[0] = pain_weights() @ package["fc.bias"] + BOUND
        network.first.bias[1] = -BOUND
    with_softness(network, thresholds, SOFTNESS)
    network.eval()
    return network


def with_softness(network: TwoReaders, thresholds: tuple[float, ...], softness: float) -> None:
    """The levels' scores made as soft as that (see levels.py)."""
    order = torch.arange(len(thresholds) + 1.0)
    with torch.no_grad():
        network.levels.weight.copy_(order[:, None].expand(-1, 2) / softness)
        network.levels.bias.copy_(scores_of(torch.tensor([-BOUND]), thresholds, softness)[0])


def with_second(network: TwoReaders, reader: SecondReader, switch: Switch) -> None:
    """The second reader and the switch, put into a network whose first reader is set."""
    with_reader(network, reader)
    low = network.low_doubt.in_features
    with torch.no_grad():
        network.low_doubt.weight[0], network.middle_doubt.weight[0] = -switch.weight[:low], -switch.weight[low:]
        network.middle_doubt.bias.fill_(1 - switch.bias)
        network.switch.weight.fill_(-1)
        network.switch.bias.fill_(1)
        network.gate.weight.copy_(torch.tensor([[-2 * BOUND], [2 * BOUND]]))


def with_reader(network: TwoReaders, reader: SecondReader) -> None:
    """The second reader alone."""
    cells = reader.cells.state_dict()
    for name, spread in (("low.weight", reader.spread[0]), ("middle.weight", reader.spread[1])):
        cells[name] = cells[name] / spread
    network.cells.load_state_dict(cells)
    with torch.no_grad():
        network.second.weight[1] = UNIT * reader.answer.weight[0]
        network.second.bias[1] = UNIT * reader.answer.bias[0]


def reader_of(network: TwoReaders, seen: Seen, seed: int) -> SecondReader:
    """A network's second reader, to learn on; of what it saw, and but for the terms, which are drawn."""
    reader = SecondReader(seen, seed)
    cells = {name: value.clone() for name, value in network.cells.state_dict().items()}
    for name, spread in zip(("low.weight", "middle.weight"), reader.spread, strict=True):
        cells[name] *= spread
    reader.cells.load_state_dict(cells)
    with torch.no_grad():
        reader.answer.weight[0] = network.second.weight[1] / UNIT
        reader.answer.bias[0] = network.second.bias[1] / UNIT
    return reader


def with_third(network: TwoReaders, grey: Mapping[str, Tensor], lean: float) -> ThreeReaders:
    """A whole network whose photographs a grey reader of seven emotions reads as well, of that state dict.

    A photograph's z is the mean of what both make of it, counted alike, plus `lean`.
    """
    kind = network.levels.weight.dtype
    counts = torch.tensor([PAIN.get(name, 0.0) for name in EMOTIONS], dtype=kind)
    joined = three_readers(network.levels.out_features)
    joined.to(kind)
    state = {**network.state_dict(), **{f"third.{name}": value for name, value in grey.items()}}
    for name in ("weight", "bias"):
        answer = torch.einsum("o,o...->...", counts, grey[f"answer.{name}"].to(kind)) / 2
        state[f"third.answer.{name}"] = torch.stack([answer, torch.zeros_like(answer)])
        half = state[f"first.{name}"].clone()
        half[0] /= 2
        state[f"first.{name}"] = half
    state["first.bias"][0] += BOUND / 2 + lean
    joined.load_state_dict(state)
    joined.eval()
    return joined
