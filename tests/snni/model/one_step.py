"""One step of a plan, applied alone by the reference."""

from __future__ import annotations

import numpy as np

from snni.model.integers import Integers
from snni.model.plan import Plan
from snni.model.reference import Reference, StepResult
from snni.model.steps import Step
from snni.model.values import ValueSpec


def plan_of(step: Step, inputs: dict[str, ValueSpec]) -> Plan:
    """A plan around one step, not validated as a whole, to apply the step alone."""
    specs = list(inputs.values())
    values = inputs | {step.y: step.infer(specs)}
    return Plan.model_construct(name="one", input=next(iter(inputs)), values=values, steps=(step,), levels=2)


def apply(step: Step, x: Integers, bits: int, rng: np.random.Generator | None = None) -> StepResult:
    plan = plan_of(step, {"x": ValueSpec(shape=x.shape, ring_bits=bits)})  # type: ignore[arg-type]
    return Reference(plan, {}).step(step, [x], rng)


def column(values: Integers) -> Integers:
    return values.reshape(-1, 1, 1)
