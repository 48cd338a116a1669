"""A plan's integers with everything that rounds in secure inference drawn, convolutions' own unit among it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from snni.model.bundle import Bundle
from snni.model.integers import Integers, centred
from snni.model.reference import Reference, StepResult
from snni.model.steps import Conv, Step
from snni.twoparty.linear.portions import geometry, layout


class Drawn(Reference):
    """As Reference with a generator, and a convolution's result is one unit off as often as its noise may make it."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle.plan, bundle.weights)
        self._off: dict[str, float] = {}
        for step in bundle.plan.steps:
            if isinstance(step, Conv):
                shape = geometry(step, bundle.plan)
                params = layout(shape, 1).params
                self._off[step.name] = min(1.0, params.off_by_one(shape.ring_bits, shape.fan_in))

    def step(self, step: Step, xs: Sequence[Integers], rng: np.random.Generator | None = None) -> StepResult:
        result = super().step(step, xs, rng)
        if rng is None or not isinstance(step, Conv):
            return result
        off = rng.random(result.y.shape) < self._off[step.name]
        unit = np.where(rng.random(result.y.shape) < 0.5, 1, -1)
        return StepResult(centred(result.y + off * unit, step.ring_bits), result.error_units, result.overflow)

    def level(self, x: np.ndarray, rng: np.random.Generator | None = None) -> int:
        """Of one image, uint8 [C, H, W]."""
        return self.run(x, rng).level
