"""A plan in plaintext integers: the oracle of every protocol test, and what the compiler counts overflows with.

Every value is an int64 array [C, H, W] of ring representatives in [-2^(k-1), 2^(k-1)). Nothing saturates: a value
outside its ring or window wraps as shares do, and is counted. Where values that overflow a max-pool's or a rescale's
window go, the protocol decides; the count says that the result is not to be trusted.

With a generator, truncation draws shares and is the protocol's, unit for unit in distribution: what a network is worth
in secure inference is measured so. Without one it rounds half up, so that a run is reproducible and, given the same
input, each step at most one unit from any protocol run. Over many steps those units add up, and not independently: how
far scores spread is a property of the network and the image, and ``draws`` measures it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Add, Argmax, Clip, Concat, Conv, Flatten, MaxPool, Relu, Rescale, Step, SumPool, inputs_of

Integers = NDArray[np.int64]
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


def centred(x: Integers, bits: int) -> Integers:
    """Representatives in [-2^(bits-1), 2^(bits-1)) of x mod 2^bits."""
    half = 1 << (bits - 1)
    return ((x + half) & ((1 << bits) - 1)) - half


def outside(x: Integers, bits: int) -> int:
    """How many of x are not in [-2^(bits-1), 2^(bits-1))."""
    return int(np.count_nonzero(x != centred(x, bits)))


def truncated(
    x: Integers, shift: int, ring_bits: int, rng: np.random.Generator | None = None, *, paired: bool = False
) -> Integers:
    """x / 2^shift in Z_2^(ring_bits - shift), centred: from drawn shares, or without rng rounded half up.

    paired: the client's shares are the same for all of x's first axis.

    SiRNN (eprint 2021/459), truncate-and-reduce, with 2^shift - 1 added to the server's share: unbiased, multiples
    of 2^shift exact, otherwise the integer below or above.
    """
    if shift == 0:
        return centred(x, ring_bits)
    if rng is None:
        return centred((x + (1 << (shift - 1))) >> shift, ring_bits - shift)
    mask = (1 << ring_bits) - 1
    c = rng.integers(0, 1 << ring_bits, x.shape[1:] if paired else x.shape, dtype=np.int64)
    s = (x - c + (1 << shift) - 1) & mask
    return centred((c >> shift) + (s >> shift), ring_bits - shift)


def sign_slack(ignored: int) -> int:
    """h = 2^(ignored - 1) - 1: up to how far from zero a comparison without its low bits may be wrong."""
    return max(0, (1 << ignored >> 1) - 1)


def passes(
    x: Integers, ignored: int, rng: np.random.Generator | None = None, *, paired: bool = False
) -> NDArray[np.bool_]:
    """The comparison's bit for x in its window: 1{x >= 0}, or with low bits dropped 1{x >= u - h}.

    u is uniform in [0, 2^ignored), the client's low bits; without rng no bits are dropped. paired: as ``truncated``.
    """
    if rng is None or not ignored:
        return x >= 0
    return x + sign_slack(ignored) >= rng.integers(0, 1 << ignored, x.shape[1:] if paired else x.shape)


def unsure(x: Integers, window: int, ignored: int) -> int:
    """How many of x a comparison in Z_2^window need not tell right: too large, by what it ignores as well."""
    if not ignored:
        return outside(x, window)
    return int(np.count_nonzero(np.abs(x) >= (1 << (window - 1)) - (1 << ignored)))


def _views(step: Conv | MaxPool | SumPool, x: Integers, size: tuple[int, ...], fill: int) -> Iterator[Integers]:
    """For every position of the window, the values under it: [C, OH, OW] each, ``fill`` where there is padding."""
    (kh, kw), (sh, sw), (ph, pw) = step.kernel, step.stride, step.padding
    oh, ow = size[1:]
    below = max(0, (oh - 1) * sh + kh - ph - x.shape[1])
    right = max(0, (ow - 1) * sw + kw - pw - x.shape[2])
    padded = np.pad(x, ((0, 0), (ph, below), (pw, right)), constant_values=fill)
    for dy in range(kh):
        for dx in range(kw):
            yield padded[:, dy : dy + (oh - 1) * sh + 1 : sh, dx : dx + (ow - 1) * sw + 1 : sw]


def convolved(step: Conv, x: Integers, weight: NDArray[np.int8], size: tuple[int, ...]) -> Integers:
    """W * x over the integers, [M, OH, OW]. In float64, exact: |sum| <= 2^19 fan-in * 2^7 * 2^25 < 2^53."""
    columns = np.stack(list(_views(step, x, size, 0)), axis=1).astype(np.float64)
    rows = weight.reshape(step.groups, step.out_channels // step.groups, -1).astype(np.float64)
    product = rows @ columns.reshape(step.groups, rows.shape[2], -1)
    return product.astype(np.int64).reshape(size)


class Reference:
    """Runs a plan with its weights, whole or one step at a time.

    Args:
        plan: valid by construction.
        weights: for every convolution ``<name>.weight`` int8 [M, C / groups, kh, kw] and ``<name>.bias`` int64 [M]
            in [0, 2^ring_bits); for every clip ``<name>.limit`` int64 [C].

    Raises:
        ParameterError: a tensor is missing or of another shape or type.
    """

    def __init__(self, plan: Plan, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self.plan = plan
        self._weights: dict[str, NDArray[np.int8]] = {}
        self._biases: dict[str, Integers] = {}
        self._limits: dict[str, Integers] = {}
        for step in plan.steps:
            if isinstance(step, Conv):
                shape = step.weight_shape(plan.values[step.x].shape)
                weight = _tensor(weights, f"{step.name}.weight", shape, np.int8)
                bias = _tensor(weights, f"{step.name}.bias", shape[:1], np.int64)
                self._weights[step.name], self._biases[step.name] = weight.astype(np.int8), bias.astype(np.int64)
            elif isinstance(step, Clip):
                limit = _tensor(weights, f"{step.name}.limit", plan.values[step.x].shape[:1], np.int64)
                self._limits[step.name] = limit.astype(np.int64)

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
            result = self.step(step, [values[name] for name in inputs_of(step)], rng)
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
        specs = [self.plan.values[name] for name in inputs_of(step)]
        if [x.shape for x in xs] != [spec.shape for spec in specs]:
            raise ParameterError(f"step {step.name}: inputs of another shape than the plan's")
        inputs = [centred(x.astype(np.int64), spec.ring_bits) for x, spec in zip(xs, specs, strict=True)]
        size = self.plan.values[step.y].shape
        match step:
            case Conv():
                return self._conv(step, inputs[0], size)
            case Relu() | Rescale():
                return _truncation(step, inputs[0], specs[0].ring_bits, rng)
            case Clip():
                return _clip(step, inputs[0], specs[0].ring_bits, self._limits[step.name], rng)
            case MaxPool():
                return _maxpool(step, inputs[0], specs[0].ring_bits, size, rng)
            case SumPool():
                exact = sum(_views(step, inputs[0], size, 0), np.zeros(size, np.int64))
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
        bias = centred(self._biases[step.name], step.ring_bits)
        exact = convolved(step, x, self._weights[step.name], size) + bias[:, None, None]
        return StepResult(centred(exact, step.ring_bits), 1, outside(exact, step.ring_bits))


def _tensor(
    weights: Mapping[str, NDArray[np.generic]], name: str, shape: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[np.generic]:
    if name not in weights:
        raise ParameterError(f"{name} is missing")
    tensor = weights[name]
    if tensor.shape != shape or tensor.dtype != dtype:
        raise ParameterError(f"{name} is {tensor.dtype} {list(tensor.shape)}, not {dtype.__name__} {list(shape)}")
    return tensor


def _local(exact: Integers, bits: int) -> StepResult:
    return StepResult(centred(exact, bits), 0, outside(exact, bits))


def _truncation(step: Relu | Rescale, x: Integers, ring_bits: int, rng: np.random.Generator | None) -> StepResult:
    shorter = truncated(x, step.shift, ring_bits, rng)
    kept = centred(shorter, step.window)
    if isinstance(step, Rescale):
        return StepResult(kept, int(step.shift > 0), outside(shorter, step.window - 1))
    slack = sign_slack(step.ignored)
    y = np.where(passes(kept, step.ignored, rng), kept, 0)
    return StepResult(y, int(step.shift > 0) + slack, unsure(shorter, step.window, step.ignored))


def _clip(step: Clip, x: Integers, ring_bits: int, limits: Integers, rng: np.random.Generator | None) -> StepResult:
    """relu(trunc(x)) - relu(trunc(x - limit)), both from the same drawn shares: one unit from x / 2^shift clipped, but
    for what comparisons ignore."""
    both = np.stack([x, centred(x - limits[:, None, None], ring_bits)])
    shorter = truncated(both, step.shift, ring_bits, rng, paired=True)
    kept = centred(shorter, step.window)
    kept = np.where(passes(kept, step.ignored, rng, paired=True), kept, 0)
    units = int(step.shift > 0) + 2 * sign_slack(step.ignored)
    return StepResult(kept[0] - kept[1], units, unsure(shorter, step.window, step.ignored))


def _maxpool(
    step: MaxPool, x: Integers, ring_bits: int, size: tuple[int, ...], rng: np.random.Generator | None
) -> StepResult:
    shorter = truncated(x, step.shift, ring_bits, rng)
    kept = centred(shorter, step.window)
    y = _tournament(step, kept, size, rng)
    smallest, largest = np.full(size, -_NOTHING), np.full(size, _NOTHING)
    for below, above in zip(_views(step, kept, size, -_NOTHING), _views(step, kept, size, _NOTHING), strict=True):
        np.minimum(smallest, below, out=smallest)
        np.maximum(largest, above, out=largest)
    spread = unsure(largest - smallest, step.window, step.ignored)
    rounds = sum(step.kernel) - 2
    units = int(step.shift > 0) + rounds * sign_slack(step.ignored)
    return StepResult(y, units, spread + outside(shorter, step.window))


def _tournament(step: MaxPool, x: Integers, size: tuple[int, ...], rng: np.random.Generator | None) -> Integers:
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
            best = np.where(passes(best - other, step.ignored, rng), best, other)
        x = np.moveaxis(best, 0, 1 + axis)
    return np.ascontiguousarray(x)


def _argmax(step: Argmax, x: Integers) -> StepResult:
    """By differences in Z_2^window, which may be narrower than the scores themselves."""
    scores = x.reshape(-1)
    index = np.argmax(centred(scores - scores[0], step.window))
    spread = int(scores.max() - scores.min() >= 1 << (step.window - 1))
    return StepResult(index.astype(np.int64).reshape(1, 1, 1), 0, spread)
