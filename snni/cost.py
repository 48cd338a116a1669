"""What a plan costs before anything runs: multiplications, comparisons, and the bytes sent while a frame waits.

Counts are exact. Online bytes are those of the leaf protocol with 4-bit digits (snni/DESIGN.md): a digit costs the
client's 4 bits and the server's 32, an AND 4 bits, a multiplexer 2 m + 4 (k' - m) bits and its two choices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from snni.plan import Argmax, Conv, MaxPool, Plan, Relu, Rescale, Step, macs

DIGIT_BITS = 4
_LEAF_BITS = DIGIT_BITS + 2 * (1 << DIGIT_BITS)
_AND_BITS = 4


@dataclass(frozen=True)
class Cost:
    """``macs``, ``weights``, ``relus``, ``comparisons`` (ReLUs, maxima, argmax), ``digits`` (4-bit leaves), bytes."""

    macs: int = 0
    weights: int = 0
    relus: int = 0
    comparisons: int = 0
    digits: int = 0
    online_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)))


def plan_cost(plan: Plan) -> dict[str, Cost]:
    """The cost of each step by name, in order, and of the masked image the client sends under ``input``'s name."""
    image = Cost(online_bytes=_bytes(math.prod(plan.input_shape) * plan.input_bits))
    costs = {f"{plan.input} (input)": image}
    return costs | {step.name: step_cost(plan, step) for step in plan.steps}


def total_cost(plan: Plan) -> Cost:
    """Sum over ``plan_cost``."""
    return sum(plan_cost(plan).values(), Cost())


def step_cost(plan: Plan, step: Step) -> Cost:
    """One step for one frame. Local steps cost nothing."""
    elements = plan.values[step.y].elements
    match step:
        case Conv():
            weights = math.prod(step.weight_shape(plan.values[step.x].shape))
            return Cost(macs=macs(step, plan.values), weights=weights)
        case Relu():
            return _compared(elements, step.window, step.out_bits, relus=elements)
        case MaxPool():
            return _compared(max_comparisons(plan, step), step.window, step.window)
        case Argmax():
            return _compared(plan.levels - 1, step.window, step.window)
        case Rescale():
            bits = 2 * step.out_bits
            return Cost(online_bytes=_bytes(elements * bits))
    return Cost()


def max_comparisons(plan: Plan, step: MaxPool) -> int:
    """Comparisons of a max-pool done along rows first, then along columns; padding takes no part."""
    channels, height, width = plan.values[step.x].shape
    _, out_height, out_width = plan.values[step.y].shape
    down = _windows(height, out_height, step.kernel[0], step.stride[0], step.padding[0])
    across = _windows(width, out_width, step.kernel[1], step.stride[1], step.padding[1])
    rows = {row for window in down for row in window}
    first = len(rows) * sum(len(window) - 1 for window in across)
    return channels * (first + out_width * sum(len(window) - 1 for window in down))


def _windows(size: int, outputs: int, kernel: int, stride: int, padding: int) -> list[range]:
    starts = [i * stride - padding for i in range(outputs)]
    return [range(max(0, start), min(size, start + kernel)) for start in starts]


def _compared(count: int, window: int, out_bits: int, relus: int = 0) -> Cost:
    digits = -(-(window - 1) // DIGIT_BITS)
    mux = 2 * window + 4 * (out_bits - window) + 2
    bits = digits * _LEAF_BITS + 2 * (digits - 1) * _AND_BITS + mux
    return Cost(relus=relus, comparisons=count, digits=count * digits, online_bytes=_bytes(count * bits))


def _bytes(bits: int) -> int:
    return -(-bits // 8)
