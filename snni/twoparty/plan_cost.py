"""What a plan costs before anything runs: multiplications, comparisons, and what is sent while a frame waits.

Counts, bytes and flights are exact: those of snni/twoparty/nonlinear/cost.py, frame headers included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from snni.model.plan import Plan
from snni.model.steps import Argmax, Clip, Conv, MaxPool, Relu, Rescale, Step, macs
from snni.twoparty import offline, operations
from snni.twoparty.nonlinear import cost as nonlinear
from snni.twoparty.nonlinear.compare import CompareShape, Gadget
from snni.twoparty.nonlinear.wire import packed_bytes
from snni.twoparty.ot import OtParams
from snni.wire.framing import HEADER


@dataclass(frozen=True)
class Cost:
    """``macs``, ``weights``, ``relus``, ``comparisons`` (ReLUs, maxima, argmax), ``digits`` (lookups), bytes, flights.

    ``online_bytes`` counts both ways; ``flights`` one-way messages that wait for each other.
    """

    macs: int = 0
    weights: int = 0
    relus: int = 0
    comparisons: int = 0
    digits: int = 0
    online_bytes: int = 0
    flights: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Cost)))


def plan_cost(plan: Plan, gadget: Gadget = "leaf") -> dict[str, Cost]:
    """The cost of each step by name, in order, and of the masked image the client sends under ``input``'s name."""
    sent = HEADER.size + packed_bytes(math.prod(plan.input_shape), plan.input_bits)
    costs = {f"{plan.input} (input)": Cost(online_bytes=sent, flights=1)}
    return costs | {step.name: step_cost(plan, step, gadget) for step in plan.steps}


def total_cost(plan: Plan, gadget: Gadget = "leaf") -> Cost:
    """Sum over ``plan_cost``."""
    return sum(plan_cost(plan, gadget).values(), Cost())


def step_cost(plan: Plan, step: Step, gadget: Gadget = "leaf") -> Cost:
    """One step for one frame. Local steps cost nothing."""
    match step:
        case Conv():
            weights = math.prod(step.weight_shape(plan.values[step.x].shape))
            return Cost(macs=macs(step, plan.values), weights=weights)
        case Relu():
            elements = plan.values[step.y].elements
            sent = nonlinear.gate_cost(operations.relu_shape(step, plan, gadget).gate)
            return _compared(elements, step.window - step.ignored, sent, relus=elements)
        case Clip():
            elements = plan.values[step.y].elements
            return _compared(
                2 * elements,
                step.window - step.ignored,
                nonlinear.gate_cost(operations.clip_shape(step, plan, gadget).gate),
                elements,
            )
        case MaxPool():
            sent = nonlinear.maxpool_cost(operations.maxpool_shape(step, plan, gadget))
            return _compared(max_comparisons(plan, step), step.window - step.ignored, sent)
        case Argmax():
            sent = nonlinear.argmax_cost(operations.argmax_shape(step, plan, gadget))
            return _compared(plan.levels - 1, step.window, sent)
        case Rescale():
            sent = nonlinear.rescale_cost(operations.rescale_shape(step, plan))
            return Cost(online_bytes=sent.from_client + sent.from_server, flights=sent.flights)
    return Cost()


def correlations_cost(
    plan: Plan,
    params: OtParams,
    *,
    scores: bool,
    before: nonlinear.Claimed = nonlinear.FIRST,
    gadget: Gadget = "leaf",
) -> tuple[nonlinear.Cost, nonlinear.Claimed]:
    """What one inference's nonlinear correlations send ahead of time, and the transfers claimed once they are made."""
    gates, rescales = [], []
    for step in operations.interactive_steps(plan, scores=scores):
        match step:
            case Relu():
                gates.append(operations.relu_shape(step, plan, gadget).gate)
            case Clip():
                gates.append(operations.clip_shape(step, plan, gadget).gate)
            case MaxPool():
                pool = operations.maxpool_shape(step, plan, gadget)
                gates += [pool.gate(turn) for turn in pool.rounds]
            case Argmax():
                tournament = operations.argmax_shape(step, plan, gadget)
                gates += [tournament.gate(pairs) for pairs in tournament.rounds]
            case Rescale():
                rescales.append(operations.rescale_shape(step, plan))
    return nonlinear.offline_cost(gates, params, rescales, before), before.after(gates, params, rescales)


def linear_cost(plan: Plan, frames: int = 1) -> nonlinear.Cost:
    """What the linear phase of ``frames`` frames together sends ahead of time: an upload and a reply a portion."""
    chosen = [offline.layout(offline.geometry(p.step, plan), p.size) for p in offline.portions(plan, frames)]
    up = sum(HEADER.size + one.upload_bytes for one in chosen)
    return nonlinear.Cost(up, sum(HEADER.size + one.reply_bytes for one in chosen), 2 * len(chosen))


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


def _compared(count: int, window: int, sent: nonlinear.Cost, relus: int = 0) -> Cost:
    return Cost(
        relus=relus,
        comparisons=count,
        digits=count * len(CompareShape(1, window - 1).digits),
        online_bytes=sent.from_client + sent.from_server,
        flights=sent.flights,
    )
