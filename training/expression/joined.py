"""A whole network of two readers out of its parts, whose layers do what the parts do, to rounding."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from training.expression.levels import SOFTNESS, pain_weights, scores_of
from training.expression.reader import UNIT, SecondReader
from training.expression.switch import Switch
from training.networks.two_readers import BOUND, GRID, HIDDEN, TwoReaders, two_readers


def first_alone(package: Mapping[str, Tensor], thresholds: tuple[float, ...]) -> TwoReaders:
    """The first reader and the levels set, the second one always off. package: the expression network's state dict."""
    network = two_readers(len(thresholds) + 1)
    kept = {name: value for name, value in package.items() if not name.startswith("fc.")}
    network.load_state_dict(kept, strict=False)
    with torch.no_grad():
        for layer in (network.low, network.middle, network.switch, network.first, network.second, network.gate):
            for parameter in layer.parameters():
                parameter.zero_()
        network.first.weight[0] = pain_weights() @ package["fc.weight"]
        network.first.bias[0] = pain_weights() @ package["fc.bias"] + BOUND
        network.first.bias[1] = -BOUND
        base = scores_of(torch.tensor([-BOUND]), thresholds, SOFTNESS)[0]
        order = torch.arange(len(thresholds) + 1.0)
        network.levels.weight.copy_(order[:, None].expand(-1, 2) / SOFTNESS)
        network.levels.bias.copy_(base)
    network.eval()
    return network


def with_second(network: TwoReaders, reader: SecondReader, switch: Switch) -> None:
    """The second reader and the switch, put into a network whose first reader is set."""
    weight = reader.hidden.weight / reader.spread
    doubt = -switch.weight[:, None].expand(-1, GRID * GRID).flatten() / (GRID * GRID)
    low = network.low.in_features
    with torch.no_grad():
        for layer, part in ((network.low, slice(None, low)), (network.middle, slice(low, None))):
            layer.weight[:HIDDEN] = weight[:, part]
            layer.weight[HIDDEN] = doubt[part]
        network.middle.bias[:HIDDEN] = reader.hidden.bias - weight @ reader.middle
        network.middle.bias[HIDDEN] = 1 - switch.bias
        network.switch.weight[0, HIDDEN] = -1
        network.switch.bias.fill_(1)
        network.second.weight[1, :HIDDEN] = UNIT * reader.answer.weight[0]
        network.second.bias[1] = UNIT * reader.answer.bias[0]
        network.gate.weight.copy_(torch.tensor([[-2 * BOUND], [2 * BOUND]]))
