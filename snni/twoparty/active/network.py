"""A plan computed on authenticated bits: the image is the client's, weights the server's, the level the client's.

Results are exactly `snni.model.reference`'s without a generator. Every weight times every value is ANDs, so only small
plans are run: `most_ands` bounds what one takes, and one above MOST_ANDS is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError, WireError
from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.shares import Shares
from snni.twoparty.active.steps import WEIGHT_BITS, Computing, fan_in, protocol
from snni.twoparty.active.triples import TripleMaker
from snni.twoparty.active.words import Arithmetic, bits_of, extended, numbers

PIXEL_BITS = 8
MOST_ANDS = 1 << 24
"""Of one run: some minutes on one core a party."""


def most_ands(plan: Plan) -> int:
    """A bound on the ANDs that a run takes. Raises ParameterError: a step that is not computed here."""
    return sum(protocol(step).ands(plan, step) for step in plan.steps)


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
        run = Computing(plan, self.words, partial(self._weights, weights))
        values = {plan.input: extended(pixels, plan.input_bits, signed=False)}
        for step in plan.steps[: len(plan.steps) - last]:
            values[step.y] = protocol(step).compute(run, step, [values[name] for name in step.inputs])
        return values

    def reveal(self, word: Shares) -> NDArray[np.int64]:
        """Numbers in [0, 2^bits) at the client, zeros at the server. Raises DeviationError."""
        return numbers(self._party.open_to(Side.CLIENT, word.reshape(-1)).reshape(word.shape))

    def given(self, side: Side, values: NDArray[np.integer], bits: int) -> Shares:
        """Words of numbers that one party has; the other one's are not looked at, but their shape."""
        given = self._party.input(side, bits_of(values, bits).reshape(-1))
        return given.reshape(bits, *values.shape)

    def _weights(self, weights: Mapping[str, NDArray[np.generic]], step: Conv) -> tuple[Shares, Shares]:
        """As ``Computing.weights``: given when they are first asked for."""
        if step.name not in self._given:
            rows = np.zeros((step.out_channels, fan_in(self._plan, step)), np.int64)
            bias = np.zeros(step.out_channels, np.int64)
            if self._party.side is Side.SERVER:
                rows = weights[f"{step.name}.weight"].reshape(rows.shape).astype(np.int64)
                bias = weights[f"{step.name}.bias"].astype(np.int64)
            shared = self.given(Side.SERVER, rows, WEIGHT_BITS), self.given(Side.SERVER, bias, step.ring_bits)
            self._given[step.name] = shared
        return self._given[step.name]
