"""A compiled network that can be trained: the plan's integers forwards, real weights behind them.

In evaluation it is the plan, rings and windows wrapping as shares do: its scores those of secure inference, each
truncation and comparison erring by chance as drawn shares do; its `values` rounding half up, unless asked otherwise,
unit for unit those of snni.model.reference.Reference. They are exact because they are computed in float64:
|sums| <= 2^19 products of 2^7 times 2^25, below 2^53 (the bound in snni/model/reference.py). In training products are
float32: a sum beyond 2^24 may then be a unit off, where the shift that follows drops far more. Nothing wraps
while training, which no gradient could see; `pressure` says instead how
far values have eaten into their headroom, and the loss keeps it down.

The parameters are real numbers, float64: weights of the equalised graph, biases with what rounding the weights at first
took (snni.compile.emit.rounding_bias), so that before any training the integers are the compiler's own.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from snni.compile.compiler import Quantised
from snni.compile.emit import Weights, integer_limit, rounding_bias
from snni.model.plan import Plan
from snni.model.steps import (
    WEIGHT_LIMIT,
    Add,
    Argmax,
    Clip,
    Concat,
    Conv,
    Flatten,
    MaxPool,
    Relu,
    Rescale,
    Step,
    SumPool,
)
from training.aware.compared import largest, low_bits, positive
from training.aware.rounding import centred, drawn, half, limited, truncated, whole

PIXELS = 255
SPARE = 0.5
"""The part of a window that calibration's largest value fills with one bit of headroom."""


class AwareNetwork(nn.Module):
    """float [N, C, H, W] in [0, 1] -> scores, float [N, levels] in real units.

    Args:
        quantised: what the compiler chose. plan: of ``quantised.emit``.
    """

    def __init__(self, quantised: Quantised, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        graph, scales = quantised.lowered.graph, quantised.scales.scale
        self.unit = scales[plan.scores]
        self.weight, self.bias = nn.ParameterList(), nn.ParameterList()
        self._place: dict[str, int] = {}
        self._steps: list[tuple[float, float]] = []
        for node in graph:
            if node.op == "conv":
                mean = quantised.statistics.channel_mean[node.inputs[0]]
                lost = rounding_bias(node, graph[node.inputs[0]].shape, mean, quantised.scales)
                self._place[node.name] = len(self._steps)
                self._steps.append((scales[node.name] / scales[node.inputs[0]], scales[node.name]))
                self.weight.append(nn.Parameter(torch.from_numpy(node.kernel_real.copy())))
                self.bias.append(nn.Parameter(torch.from_numpy(node.bias_real + lost)))
            elif node.op == "clip":
                limit = torch.from_numpy(integer_limit(node, quantised.scales)).double()
                self.register_buffer(_buffer(node.name), limit)
        self._pressure: list[Tensor] = []
        self._last_read = {name: index for index, step in enumerate(plan.steps) for name in step.inputs}

    def forward(self, x: Tensor) -> Tensor:
        """As the class says. The chance is torch's default generator's."""
        return self.values(x, keep=False, by_chance=True)[self.plan.scores].flatten(1) * self.unit

    def values(self, x: Tensor, *, keep: bool = True, by_chance: bool = False) -> dict[str, Tensor]:
        """Every value but the level, by name: whole numbers, float [N, C, H, W] (float64 in evaluation).

        keep: those that nothing more reads as well. by_chance: how truncations round, instead of half up.
        """
        self._pressure = []
        found = {self.plan.input: torch.round(x * PIXELS).to(torch.float32 if self.training else torch.float64)}
        for index, step in enumerate(self.plan.steps[:-1]):
            if not keep:
                found = {name: value for name, value in found.items() if self._last_read[name] >= index}
            found[step.y] = self._apply_step(step, [found[name] for name in step.inputs], by_chance)
        return found

    @property
    def pressure(self) -> Tensor:
        """Of the last pass in training: how far values lie beyond half their windows, summed over an image."""
        return torch.stack(self._pressure).sum() if self._pressure else torch.zeros(())

    def real_parameters(self, name: str) -> tuple[Tensor, Tensor]:
        """Weight [M, C / groups, kh, kw] and bias [M] of a convolution in real units, as its integers have them."""
        weight, bias = self._integers(name)
        step, unit = self._steps[self._place[name]]
        return weight.detach() * step, bias.detach() * unit

    def integer_weights(self) -> Weights:
        """What a bundle of ``plan`` holds."""
        made: Weights = {}
        for step in self.plan.steps:
            if isinstance(step, Conv):
                weight, bias = (tensor.detach().numpy() for tensor in self._integers(step.name))
                made[f"{step.name}.weight"] = weight.astype(np.int8)
                made[f"{step.name}.bias"] = bias.astype(np.int64) & ((1 << step.ring_bits) - 1)
            elif isinstance(step, Clip):
                limit: NDArray[np.float64] = self.get_buffer(_buffer(step.name)).numpy()
                made[f"{step.name}.limit"] = limit.astype(np.int64)
        return made

    def _integers(self, name: str) -> tuple[Tensor, Tensor]:
        place = self._place[name]
        step, unit = self._steps[place]
        return limited(self.weight[place] / step, WEIGHT_LIMIT), whole(self.bias[place] / unit)

    def _apply_step(self, step: Step, xs: list[Tensor], by_chance: bool) -> Tensor:
        x = xs[0]

        def added(shift: int) -> Tensor | float:
            return drawn(x, shift) if by_chance and shift else half(shift)

        def low(ignored: int) -> Tensor | None:
            return low_bits(x.detach(), ignored) if by_chance else None

        match step:
            case Conv():
                weight, bias = (tensor.to(x.dtype) for tensor in self._integers(step.name))
                y = F.conv2d(x, weight, bias, step.stride, step.padding, groups=step.groups)
                return self._in_ring(y, step)
            case Relu():
                return positive(self._truncated(step, x, added(step.shift)), step.ignored, low(step.ignored))
            case Rescale():
                return self._truncated(step, x, added(step.shift), spare_bits=1)
            case Clip():
                limit = self.get_buffer(_buffer(step.name)).to(x.dtype)[:, None, None]
                same, bits = added(step.shift), low(step.ignored)
                both = (self._truncated(step, part, same) for part in (x, x - limit))
                below, above = (positive(part, step.ignored, bits) for part in both)
                return below - above
            case MaxPool():
                kept = self._truncated(step, x, added(step.shift))
                return largest(step, kept, self.plan.values[step.y].shape, by_chance=by_chance)
            case SumPool():
                return self._in_ring(F.avg_pool2d(x, step.kernel, step.stride, step.padding, divisor_override=1), step)
            case Add():
                return self._in_ring(torch.stack(_shifted(step, xs)).sum(0), step)
            case Concat():
                return self._in_ring(torch.cat(_shifted(step, xs), 1), step)
            case Flatten():
                return x.reshape(len(x), -1, 1, 1)
            case Argmax():
                raise ValueError("the level is the largest score's index: it has no gradient")

    def _in_ring(self, y: Tensor, step: Step) -> Tensor:
        return y if self.training else centred(y, self.plan.values[step.y].ring_bits)

    def _truncated(
        self, step: Relu | Rescale | Clip | MaxPool, x: Tensor, added: Tensor | float, spare_bits: int = 0
    ) -> Tensor:
        """x / 2^shift in the step's window; while training what lies beyond SPARE of it is counted, not wrapped."""
        shorter = truncated(x, step.shift, added)
        if not self.training:
            return centred(shorter, step.window)  # of any representative of x: window <= ring bits - shift
        room = float(1 << (step.window - 1 - spare_bits))
        if float(shorter.detach().abs().max()) > SPARE * room:
            self._pressure.append(F.relu(shorter.abs() / room - SPARE).sum() / len(x))
        return shorter


def _shifted(step: Add | Concat, xs: list[Tensor]) -> list[Tensor]:
    return [x * float(1 << shift) if shift else x for x, shift in zip(xs, step.shifts(), strict=True)]


def _buffer(name: str) -> str:
    """A buffer's name may hold no dots."""
    return "limit_" + name.replace(".", "__")
