"""A plan computed on authenticated bits: the image is the client's, weights the server's, the level the client's.

Results are exactly `snni.model.reference`'s without a generator: truncations round half up, comparisons ignore nothing.
Every weight times every value is ANDs, so only small plans are run: `most_ands` bounds what one takes, and one above
MOST_ANDS is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError, WireError
from snni.model.integers import views
from snni.model.plan import Plan
from snni.model.steps import Add, Argmax, Concat, Conv, Flatten, Relu, Rescale, Step, SumPool
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.shares import Shares, joined, zeros
from snni.twoparty.active.triples import TripleMaker
from snni.twoparty.active.words import Arithmetic, bits_of, extended, numbers, shifted_up

WEIGHT_BITS = 8
PIXEL_BITS = 8
MOST_ANDS = 1 << 24
"""Of one run: some minutes on one core a party."""


def most_ands(plan: Plan) -> int:
    """A bound on the ANDs that a run takes. Raises ParameterError: a step that is not computed here."""
    return sum(_ands(plan, step) for step in plan.steps)


def _ands(plan: Plan, step: Step) -> int:
    return _protocol(step).ands(plan, step)


def check_plan(plan: Plan) -> None:
    """Raises ParameterError: not computed here, or more ANDs than MOST_ANDS."""
    ands = most_ands(plan)
    if ands > MOST_ANDS:
        raise ParameterError(
            f"two active parties take up to {ands:.1e} ANDs for this network, more than {MOST_ANDS:.1e}: "
            "its convolutions are too large for bits (snni/twoparty/active/DESIGN.md, section 6)"
        )


class ActiveNetwork:
    """One party's part in a plan, for one image after the other: weights are given once, and serve all."""

    def __init__(self, plan: Plan, party: Party) -> None:
        """Raises ParameterError as ``check_plan``."""
        check_plan(plan)
        self._plan, self._party = plan, party
        self.triples = TripleMaker(party, most_ands(plan) // 8)
        self.words = Arithmetic(party, self.triples)
        self._given: dict[str, tuple[Shares, Shares]] = {}

    def level(self, image: NDArray[np.uint8] | None, weights: Mapping[str, NDArray[np.generic]]) -> int | None:
        """image: uint8 [C, H, W], the client's. weights: of every convolution, the server's. The level, at the client.

        Raises DeviationError, ConsistencyError: the other party does not follow the protocol. WireError: it gave an
        input that leads to no level.
        """
        opened = self.reveal(self.values(image, weights)[self._plan.output])
        if self._party.side is Side.SERVER:
            return None
        if (level := int(opened.reshape(-1)[0])) >= self._plan.levels:
            raise WireError(f"what was opened is no level below {self._plan.levels}")
        return level

    def values(self, image: NDArray[np.uint8] | None, weights: Mapping[str, NDArray[np.generic]]) -> dict[str, Shares]:
        plan = self._plan
        if self._party.side is Side.CLIENT and (image is None or image.shape != plan.input_shape):
            raise ParameterError(f"the plan wants an image uint8 {plan.input_shape}")
        pixels = np.zeros(plan.input_shape, np.uint8) if image is None else image
        return self.values_of(self.given(Side.CLIENT, pixels, PIXEL_BITS), weights)

    def values_of(self, pixels: Shares, weights: Mapping[str, NDArray[np.generic]], last: int = 0) -> dict[str, Shares]:
        """The same of a shared picture, words of 8 bits. last: steps at the end that are left out."""
        plan = self._plan
        values = {plan.input: extended(pixels, plan.input_bits, signed=False)}
        for step in plan.steps[: len(plan.steps) - last]:
            values[step.y] = self._step(step, [values[name] for name in step.inputs], weights)
        return values

    def reveal(self, word: Shares) -> NDArray[np.int64]:
        """Numbers in [0, 2^bits) at the client, zeros at the server. Raises DeviationError."""
        return numbers(self._party.open_to(Side.CLIENT, word.reshape(-1)).reshape(word.shape))

    def given(self, side: Side, values: NDArray[np.integer], bits: int) -> Shares:
        """Words of numbers that one party has; the other one's are not looked at, but their shape."""
        given = self._party.input(side, bits_of(values, bits).reshape(-1))
        return given.reshape(bits, *values.shape)

    def _step(self, step: Step, xs: list[Shares], weights: Mapping[str, NDArray[np.generic]]) -> Shares:
        shape, bits = self._plan.values[step.y].shape, self._plan.values[step.y].ring_bits
        return _protocol(step).compute(self, step, xs, shape, bits, weights)

    def rescaled(self, step: Relu | Rescale, x: Shares, bits: int) -> Shares:
        """Rounded half up, in a window."""
        return extended(self._kept(step, x), bits, signed=True)

    def rectified(self, step: Relu, x: Shares, bits: int) -> Shares:
        """The same, negative ones 0."""
        kept = self._kept(step, x)
        positive = self.words.lnot(kept[-1])
        passed = self.words.land(positive.over(kept[:-1].shape), kept[:-1])
        return extended(passed, bits, signed=False)

    def _kept(self, step: Relu | Rescale, x: Shares) -> Shares:
        if step.shift:
            x = self.words.add(x, self.words.constant(np.full(x.shape[1:], 1 << (step.shift - 1)), len(x)))
        return x[step.shift :][: step.window]

    def convolved(self, step: Conv, x: Shares, weights: Mapping[str, NDArray[np.generic]]) -> Shares:
        """Output by output channel: every weight's bits times every value, summed with the bias."""
        plan, words, bits = self._plan, self.words, step.ring_bits
        shape = plan.values[step.y].shape
        fan_in = plan.values[step.x].shape[0] // step.groups * step.kernel[0] * step.kernel[1]
        weight, added = self._weights(step, fan_in, weights)
        columns = _views(step, x, shape).reshape(bits, step.groups, fan_in, -1)
        places, made = columns.shape[3], []
        for channel in range(step.out_channels):
            group = channel // (step.out_channels // step.groups)
            under = _take(columns, 1, group)  # [bits, fan_in, places]
            row = _take(weight, 1, channel)  # [8, fan_in]
            summands = [_take(added, 1, channel).reshape(bits, 1).over((bits, places))]
            for place in range(min(WEIGHT_BITS, bits)):
                kept = under[: bits - place]
                one = row[place].reshape(1, fan_in, 1).over(kept.shape)
                product = words.land(one, kept)
                if place == WEIGHT_BITS - 1:  # the sign's: NOT it, and add 1 at its place
                    product = words.lnot(product)
                product = joined([zeros(place, fan_in, places), product])
                summands += [_take(product, 1, term) for term in range(fan_in)]
            negated = fan_in << (WEIGHT_BITS - 1) if bits >= WEIGHT_BITS else 0
            summands.append(words.constant(np.full(places, negated), bits))
            made.append(words.total(summands).reshape(bits, 1, places))
        return _side_by_side(made).reshape(bits, *shape)

    def _weights(self, step: Conv, fan_in: int, weights: Mapping[str, NDArray[np.generic]]) -> tuple[Shares, Shares]:
        """Words of the weights [M, fan-in] and the biases [M], the server's."""
        if step.name not in self._given:
            rows, bias = np.zeros((step.out_channels, fan_in), np.int64), np.zeros(step.out_channels, np.int64)
            if self._party.side is Side.SERVER:
                rows = weights[f"{step.name}.weight"].reshape(rows.shape).astype(np.int64)
                bias = weights[f"{step.name}.bias"].astype(np.int64)
            shared = self.given(Side.SERVER, rows, WEIGHT_BITS), self.given(Side.SERVER, bias, step.ring_bits)
            self._given[step.name] = shared
        return self._given[step.name]


def largest(words: Arithmetic, values: Shares) -> Shares:
    """Index of the largest of words [bits, count], by a tournament of differences in so many bits; of equals the
    lowest."""
    count = values.shape[1]
    bits = max(1, (count - 1).bit_length())
    best, index = _take(values, 1, 0), words.constant(np.zeros((), np.int64), bits)
    for other in range(1, count):
        against = _take(values, 1, other)
        stays = words.lnot(words.subtract(best, against)[-1])
        index = words.select(stays, index, words.constant(np.full((), other), bits))
        best = words.select(stays, best, against)
    return index


def _take(x: Shares, axis: int, at: int) -> Shares:
    """One place along an axis, which goes."""
    where = (slice(None),) * axis + (at,)
    return Shares(x.bits[where], x.codes[where], x.keys[where])


def _at(rows: Shares, place: int) -> Shares:
    return _take(rows, 2, place)


def _side_by_side(parts: list[Shares]) -> Shares:
    """Along channels."""
    return Shares(
        np.concatenate([part.bits for part in parts], axis=1),
        np.concatenate([part.codes for part in parts], axis=1),
        np.concatenate([part.keys for part in parts], axis=1),
    )


def _views(step: Conv | SumPool, x: Shares, shape: tuple[int, ...]) -> Shares:
    """Words [bits, C, H, W] -> [bits, C, places of the window, OH, OW], zeros where there is padding."""
    count = int(np.prod(x.shape[1:]))
    index = np.arange(count, dtype=np.int64).reshape(x.shape[1:])
    where = np.stack(list(views(step, index, shape, count)), axis=1)
    flat = _side_by_side([x.reshape(len(x), count), zeros(len(x), 1)])
    return Shares(flat.bits[:, where], flat.codes[:, where], flat.keys[:, where])


def _shifted(step: Add | Concat, xs: list[Shares], bits: int) -> list[Shares]:
    return [shifted_up(extended(x, bits, signed=True), s) for x, s in zip(xs, step.shifts(), strict=True)]


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a kind of step is computed on bits. ands: a bound, of plan and step. compute: of the network, the step, its
    inputs, its result's shape and bits, and the server's weights.
    """

    ands: Callable[[Plan, Any], int]
    compute: Callable[
        [ActiveNetwork, Any, list[Shares], tuple[int, ...], int, Mapping[str, NDArray[np.generic]]], Shares
    ]


def _conv_ands(plan: Plan, step: Conv) -> int:
    fan_in = plan.values[step.x].shape[0] // step.groups * step.kernel[0] * step.kernel[1]
    return 2 * plan.values[step.y].elements * step.ring_bits * (WEIGHT_BITS * fan_in + 2)


def _gate_ands(plan: Plan, step: Relu | Rescale) -> int:
    return 2 * plan.values[step.y].elements * plan.values[step.x].ring_bits


def _pool_ands(plan: Plan, step: SumPool) -> int:
    return plan.values[step.y].elements * plan.values[step.x].ring_bits * step.kernel[0] * step.kernel[1]


def _add_ands(plan: Plan, step: Add) -> int:
    return len(step.inputs) * plan.values[step.y].elements * plan.values[step.y].ring_bits


def _argmax_ands(plan: Plan, step: Argmax) -> int:
    elements = plan.values[step.x].elements
    return 4 * elements * (step.window + elements.bit_length())


def _pooled(
    net: ActiveNetwork,
    step: SumPool,
    xs: list[Shares],
    shape: tuple[int, ...],
    bits: int,
    weights: Mapping[str, NDArray[np.generic]],
) -> Shares:
    rows = _views(step, xs[0], shape)
    return net.words.total([_at(rows, place) for place in range(rows.shape[2])])


PROTOCOLS: dict[type[Step], Protocol] = {
    Conv: Protocol(
        _conv_ands, lambda net, s, xs, shape, bits, w: net.convolved(s, extended(xs[0], s.ring_bits, signed=True), w)
    ),
    Relu: Protocol(_gate_ands, lambda net, s, xs, shape, bits, w: net.rectified(s, xs[0], bits)),
    Rescale: Protocol(_gate_ands, lambda net, s, xs, shape, bits, w: net.rescaled(s, xs[0], bits)),
    SumPool: Protocol(_pool_ands, _pooled),
    Add: Protocol(_add_ands, lambda net, s, xs, shape, bits, w: net.words.total(_shifted(s, xs, bits))),
    Concat: Protocol(lambda plan, s: 0, lambda net, s, xs, shape, bits, w: _side_by_side(_shifted(s, xs, bits))),
    Flatten: Protocol(lambda plan, s: 0, lambda net, s, xs, shape, bits, w: xs[0].reshape(len(xs[0]), *shape)),
    Argmax: Protocol(
        _argmax_ands,
        lambda net, s, xs, shape, bits, w: largest(net.words, xs[0].reshape(len(xs[0]), -1)[: s.window]).reshape(
            -1, 1, 1, 1
        ),
    ),
}
"""Every kind of step that two active parties compute."""


def _protocol(step: Step) -> Protocol:
    """Raises ParameterError: there is none for this kind of step."""
    if found := PROTOCOLS.get(type(step)):
        return found
    raise ParameterError(f"step {step.name}: two active parties have no protocol for {step.op}")
