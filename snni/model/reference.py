"""A plan in plaintext integers: the oracle of every protocol test, and what the compiler counts overflows with.

Every value is an int64 array [C, H, W] of ring representatives in [-2^(k-1), 2^(k-1)). Nothing saturates: a value
outside its ring or window wraps as shares do, and is counted. Where values that overflow a max-pool's or a rescale's
window go, the protocol decides; the count says that the result is not to be trusted.

With a generator, truncations and comparisons are drawn by the suite's law (error_law.py), in distribution the
protocol's unit for unit: what a network is worth in secure inference is measured so. Without one they give what the law
errs around, so that a run is reproducible and, given the same input, each step at most the law's units from any
protocol run. Over many steps those units add up, and not independently: how far scores spread is a property of the
network and the image, and ``draws`` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.error_law import TWO_SHARES, ErrorLaw
from snni.model.integers import Integers, centred, convolved, outside, views
from snni.model.plan import Plan
from snni.model.step import TensorSpec
from snni.model.steps import Add, Argmax, Clip, Concat, Conv, Flatten, MaxPool, Relu, Rescale, Step, SumPool

_NOTHING = -(1 << 40)
"""Where a max-pool's window lies on padding: below every value."""


@dataclass(frozen=True)
class StepResult:
    """One step's ideal output, and by how many units the protocol's may differ from it: a truncation by one, a
    comparison that ignores low bits by what they hide.

    ``overflow`` counts inputs or results outside the step's ring or window.
    """

    y: Integers
    error_units: int
    overflow: int


@dataclass(frozen=True)
class Trace:
    """One run: every value by name, the step's overflow counts, the argmax's input [F] and the level it gives."""

    values: dict[str, Integers]
    overflows: dict[str, int]
    scores: Integers
    level: int


def unsure(x: Integers, window: int, ignored: int) -> int:
    """How many of x a comparison in Z_2^window need not tell right: too large, by what it ignores as well."""
    if not ignored:
        return outside(x, window)
    return int(np.count_nonzero(np.abs(x) >= (1 << (window - 1)) - (1 << ignored)))


class Reference:
    """Runs a plan with its weights, whole or one step at a time.

    Args:
        plan: valid by construction.
        weights: every tensor that a step of the plan declares, as in a bundle.
        law: how the suite errs whose runs this is the oracle of.

    Raises:
        ParameterError: a tensor is missing or of another shape or type.
    """

    def __init__(self, plan: Plan, weights: Mapping[str, NDArray[np.generic]], law: ErrorLaw = TWO_SHARES) -> None:
        self.plan = plan
        self._law = law
        self._tensors: dict[str, NDArray[np.generic]] = {}
        for step in plan.steps:
            for spec in step.tensors(plan.values[step.inputs[0]]):
                name = f"{step.name}.{spec.name}"
                self._tensors[name] = _tensor(weights, name, spec)

    def run(self, x: NDArray[np.generic], rng: np.random.Generator | None = None) -> Trace:
        """One image [C, H, W], integers that fit the input's ring (uint8 pixels as they are).

        Raises:
            ParameterError: not integers, another shape, or outside the ring.
        """
        if x.shape != self.plan.input_shape or x.dtype.kind not in "iu":
            raise ParameterError(f"input is {x.dtype} {list(x.shape)}, not integers {list(self.plan.input_shape)}")
        start = x.astype(np.int64)
        if outside(start, self.plan.input_bits):
            raise ParameterError(f"input values do not fit {self.plan.input_bits} bits")
        values: dict[str, Integers] = {self.plan.input: start}
        overflows: dict[str, int] = {}
        for step in self.plan.steps:
            result = self.step(step, [values[name] for name in step.inputs], rng)
            values[step.y], overflows[step.name] = result.y, result.overflow
        return Trace(values, overflows, values[self.plan.scores].reshape(-1), int(values[self.plan.output].item()))

    def draws(self, x: NDArray[np.generic], runs: int, seed: int = 0) -> Integers:
        """The argmax's input in ``runs`` drawn runs of one image, [runs, F]: a sample of what secure inference gives.

        Raises:
            ParameterError: as ``run``.
        """
        generators = (np.random.default_rng([seed, index]) for index in range(runs))
        return np.stack([self.run(x, rng).scores for rng in generators])

    def step(self, step: Step, xs: Sequence[Integers], rng: np.random.Generator | None = None) -> StepResult:
        """One step of the plan on its inputs (revealed values, centred or not)."""
        specs = [self.plan.values[name] for name in step.inputs]
        if [x.shape for x in xs] != [spec.shape for spec in specs]:
            raise ParameterError(f"step {step.name}: inputs of another shape than the plan's")
        inputs = [centred(x.astype(np.int64), spec.ring_bits) for x, spec in zip(xs, specs, strict=True)]
        size = self.plan.values[step.y].shape
        match step:
            case Conv():
                return self._conv(step, inputs[0], size)
            case Relu() | Rescale():
                return _truncation(step, inputs[0], specs[0].ring_bits, self._law, rng)
            case Clip():
                limits = self._tensors[f"{step.name}.limit"].astype(np.int64)
                return _clip(step, inputs[0], specs[0].ring_bits, limits, self._law, rng)
            case MaxPool():
                return _maxpool(step, inputs[0], specs[0].ring_bits, size, self._law, rng)
            case SumPool():
                exact = sum(views(step, inputs[0], size, 0), np.zeros(size, np.int64))
                return _local(exact, specs[0].ring_bits)
            case Add():
                shifted = [x << shift for x, shift in zip(inputs, step.shifts(), strict=True)]
                return _local(sum(shifted, np.zeros(size, np.int64)), step.out_bits)
            case Concat():
                shifted = [x << shift for x, shift in zip(inputs, step.shifts(), strict=True)]
                return _local(np.concatenate(shifted), step.out_bits)
            case Flatten():
                return StepResult(inputs[0].reshape(size), 0, 0)
            case Argmax():
                return _argmax(step, inputs[0])

    def _conv(self, step: Conv, x: Integers, size: tuple[int, ...]) -> StepResult:
        weight = self._tensors[f"{step.name}.weight"].astype(np.int8)
        bias = centred(self._tensors[f"{step.name}.bias"].astype(np.int64), step.ring_bits)
        exact = convolved(step, x, weight, size) + bias[:, None, None]
        units = self._law.linear_units
        return StepResult(centred(exact, step.ring_bits), units, outside(exact, step.ring_bits))


def _tensor(weights: Mapping[str, NDArray[np.generic]], name: str, spec: TensorSpec) -> NDArray[np.generic]:
    if name not in weights:
        raise ParameterError(f"{name} is missing")
    tensor = weights[name]
    if tensor.shape != spec.shape or tensor.dtype != np.dtype(spec.dtype):
        raise ParameterError(f"{name} is {tensor.dtype} {list(tensor.shape)}, not {spec.dtype} {list(spec.shape)}")
    return tensor.copy()


def _local(exact: Integers, bits: int) -> StepResult:
    return StepResult(centred(exact, bits), 0, outside(exact, bits))


def _truncation(
    step: Relu | Rescale, x: Integers, ring_bits: int, law: ErrorLaw, rng: np.random.Generator | None
) -> StepResult:
    shorter = law.truncated(x, step.shift, ring_bits, rng)
    kept, units = centred(shorter, step.window), law.truncation_units(step.shift)
    if isinstance(step, Rescale):
        return StepResult(kept, units, outside(shorter, step.window - 1))
    y = np.where(law.passes(kept, step.ignored, rng), kept, 0)
    units += law.comparison_units(step.ignored)
    return StepResult(y, units, unsure(shorter, step.window, step.ignored))


def _clip(
    step: Clip, x: Integers, ring_bits: int, limits: Integers, law: ErrorLaw, rng: np.random.Generator | None
) -> StepResult:
    """relu(trunc(x)) - relu(trunc(x - limit)), both from the same drawn shares: one unit from x / 2^shift clipped, but
    for what comparisons ignore."""
    both = np.stack([x, centred(x - limits[:, None, None], ring_bits)])
    shorter = law.truncated(both, step.shift, ring_bits, rng, paired=True)
    kept = centred(shorter, step.window)
    kept = np.where(law.passes(kept, step.ignored, rng, paired=True), kept, 0)
    units = law.truncation_units(step.shift) + 2 * law.comparison_units(step.ignored)
    return StepResult(kept[0] - kept[1], units, unsure(shorter, step.window, step.ignored))


def _maxpool(
    step: MaxPool,
    x: Integers,
    ring_bits: int,
    size: tuple[int, ...],
    law: ErrorLaw,
    rng: np.random.Generator | None,
) -> StepResult:
    shorter = law.truncated(x, step.shift, ring_bits, rng)
    kept = centred(shorter, step.window)
    y = _tournament(step, kept, size, law, rng)
    smallest, largest = np.full(size, -_NOTHING), np.full(size, _NOTHING)
    for below, above in zip(views(step, kept, size, -_NOTHING), views(step, kept, size, _NOTHING), strict=True):
        np.minimum(smallest, below, out=smallest)
        np.maximum(largest, above, out=largest)
    spread = unsure(largest - smallest, step.window, step.ignored)
    rounds = sum(step.kernel) - 2
    units = law.truncation_units(step.shift) + rounds * law.comparison_units(step.ignored)
    return StepResult(y, units, spread + outside(shorter, step.window))


def _tournament(
    step: MaxPool, x: Integers, size: tuple[int, ...], law: ErrorLaw, rng: np.random.Generator | None
) -> Integers:
    """Maxima along rows, then along columns, the one so far against the next; [C, H, W] -> [C, OH, OW].

    Windows that begin alike at an edge (padding of a stride or more) share the client's low bits in the protocol; here
    each draws its own: every output is distributed alike, such neighbours not jointly.
    """
    for axis in (1, 0):
        kernel, stride, padding = step.kernel[axis], step.stride[axis], step.padding[axis]
        last = (size[1 + axis] - 1) * stride + 1
        beyond = max(0, last - 1 + kernel - padding - x.shape[1 + axis])
        margins = [(0, 0), (padding, beyond) if axis == 0 else (0, 0), (padding, beyond) if axis == 1 else (0, 0)]
        lines = np.moveaxis(np.pad(x, margins, constant_values=_NOTHING), 1 + axis, 0)
        best = lines[:last:stride]
        for at in range(1, kernel):
            other = lines[at : at + last : stride]
            best = np.where(law.passes(best - other, step.ignored, rng), best, other)
        x = np.moveaxis(best, 0, 1 + axis)
    return np.ascontiguousarray(x)


def _argmax(step: Argmax, x: Integers) -> StepResult:
    """By differences in Z_2^window, which may be narrower than the scores themselves."""
    scores = x.reshape(-1)
    index = np.argmax(centred(scores - scores[0], step.window))
    spread = int(scores.max() - scores.min() >= 1 << (step.window - 1))
    return StepResult(index.astype(np.int64).reshape(1, 1, 1), 0, spread)
