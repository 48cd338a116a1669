"""Every kind of step that two active parties compute on authenticated bits, with a bound on its ANDs.

Truncations round half up, comparisons ignore nothing: results are the reference's without a generator.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Add, Argmax, Concat, Conv, Flatten, Relu, Rescale, Step, SumPool
from snni.twoparty.active.places import side_by_side, taken, windows
from snni.twoparty.active.shares import Shares, joined, zeros
from snni.twoparty.active.words import Arithmetic, extended, largest, shifted_up

WEIGHT_BITS = 8


@dataclass(frozen=True, slots=True)
class Computing:
    """One party's part of a run. weights: words of a convolution's weights [WEIGHT_BITS, M, fan-in] and its biases
    [ring bits, M], which the server has given."""

    plan: Plan
    words: Arithmetic
    weights: Callable[[Conv], tuple[Shares, Shares]]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a kind of step is computed on bits. ands: a bound, of plan and step. compute: of the step and its inputs."""

    ands: Callable[[Plan, Any], int]
    compute: Callable[[Computing, Any, list[Shares]], Shares]


def protocol(step: Step) -> Protocol:
    """Raises ParameterError: there is none for this kind of step."""
    if found := PROTOCOLS.get(type(step)):
        return found
    raise ParameterError(f"step {step.name}: two active parties have no protocol for {step.op}")


def fan_in(plan: Plan, step: Conv) -> int:
    """Weights of one output."""
    return plan.values[step.x].shape[0] // step.groups * step.kernel[0] * step.kernel[1]


def _convolved(run: Computing, step: Conv, xs: list[Shares]) -> Shares:
    """Output by output channel: every weight's bits times every value, summed with the bias."""
    words, bits, size = run.words, step.ring_bits, fan_in(run.plan, step)
    shape = run.plan.values[step.y].shape
    weight, added = run.weights(step)
    x = extended(xs[0], bits, signed=True)
    columns = windows(step, x, shape).reshape(bits, step.groups, size, -1)
    places, made = columns.shape[3], []
    for channel in range(step.out_channels):
        group = channel // (step.out_channels // step.groups)
        under = taken(columns, 1, group)  # [bits, fan-in, places]
        row = taken(weight, 1, channel)  # [8, fan-in]
        summands = [taken(added, 1, channel).reshape(bits, 1).over((bits, places))]
        for place in range(min(WEIGHT_BITS, bits)):
            kept = under[: bits - place]
            one = row[place].reshape(1, size, 1).over(kept.shape)
            product = words.land(one, kept)
            if place == WEIGHT_BITS - 1:  # the sign's: NOT it, and add 1 at its place
                product = words.lnot(product)
            product = joined([zeros(place, size, places), product])
            summands += [taken(product, 1, term) for term in range(size)]
        negated = size << (WEIGHT_BITS - 1) if bits >= WEIGHT_BITS else 0
        summands.append(words.constant(np.full(places, negated), bits))
        made.append(words.total(summands).reshape(bits, 1, places))
    return side_by_side(made).reshape(bits, *shape)


def _rescaled(run: Computing, step: Rescale, xs: list[Shares]) -> Shares:
    """Rounded half up, in a window."""
    return extended(_kept(run.words, step, xs[0]), run.plan.values[step.y].ring_bits, signed=True)


def _rectified(run: Computing, step: Relu, xs: list[Shares]) -> Shares:
    """The same, negative ones 0."""
    kept = _kept(run.words, step, xs[0])
    positive = run.words.lnot(kept[-1])
    passed = run.words.land(positive.over(kept[:-1].shape), kept[:-1])
    return extended(passed, run.plan.values[step.y].ring_bits, signed=False)


def _kept(words: Arithmetic, step: Relu | Rescale, x: Shares) -> Shares:
    if step.shift:
        x = words.add(x, words.constant(np.full(x.shape[1:], 1 << (step.shift - 1)), len(x)))
    return x[step.shift :][: step.window]


def _pooled(run: Computing, step: SumPool, xs: list[Shares]) -> Shares:
    rows = windows(step, xs[0], run.plan.values[step.y].shape)
    return run.words.total([taken(rows, 2, place) for place in range(rows.shape[2])])


def _added(run: Computing, step: Add, xs: list[Shares]) -> Shares:
    return run.words.total(_shifted(run.plan, step, xs))


def _concatenated(run: Computing, step: Concat, xs: list[Shares]) -> Shares:
    return side_by_side(_shifted(run.plan, step, xs))


def _shifted(plan: Plan, step: Add | Concat, xs: list[Shares]) -> list[Shares]:
    bits = plan.values[step.y].ring_bits
    return [shifted_up(extended(x, bits, signed=True), s) for x, s in zip(xs, step.shifts(), strict=True)]


def _flattened(run: Computing, step: Flatten, xs: list[Shares]) -> Shares:
    return xs[0].reshape(len(xs[0]), *run.plan.values[step.y].shape)


def _largest(run: Computing, step: Argmax, xs: list[Shares]) -> Shares:
    return largest(run.words, xs[0].reshape(len(xs[0]), -1)[: step.window]).reshape(-1, 1, 1, 1)


def _conv_ands(plan: Plan, step: Conv) -> int:
    return 2 * plan.values[step.y].elements * step.ring_bits * (WEIGHT_BITS * fan_in(plan, step) + 2)


def _gate_ands(plan: Plan, step: Relu | Rescale) -> int:
    return 2 * plan.values[step.y].elements * plan.values[step.x].ring_bits


def _pool_ands(plan: Plan, step: SumPool) -> int:
    return plan.values[step.y].elements * plan.values[step.x].ring_bits * step.kernel[0] * step.kernel[1]


def _add_ands(plan: Plan, step: Add) -> int:
    return len(step.inputs) * plan.values[step.y].elements * plan.values[step.y].ring_bits


def _argmax_ands(plan: Plan, step: Argmax) -> int:
    elements = plan.values[step.x].elements
    return 4 * elements * (step.window + elements.bit_length())


def _none(plan: Plan, step: Step) -> int:
    return 0


PROTOCOLS: dict[type[Step], Protocol] = {
    Conv: Protocol(_conv_ands, _convolved),
    Relu: Protocol(_gate_ands, _rectified),
    Rescale: Protocol(_gate_ands, _rescaled),
    SumPool: Protocol(_pool_ands, _pooled),
    Add: Protocol(_add_ands, _added),
    Concat: Protocol(_none, _concatenated),
    Flatten: Protocol(_none, _flattened),
    Argmax: Protocol(_argmax_ands, _largest),
}
