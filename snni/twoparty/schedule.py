"""Which interactive steps share their flights: those whose inputs are there at the same time, as the plan says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.operations import operation_of


@dataclass(frozen=True)
class Stage:
    """before: steps that send nothing, in order. together: what then runs in one set of flights, in the plan's order;
    none in the last stage, if that has silent steps alone."""

    before: tuple[Step, ...]
    together: tuple[Step, ...]


def stages(plan: Plan) -> Iterator[Stage]:
    """All steps but the last, which opens the result: each as soon as its inputs are made."""
    made, left = {plan.input}, list(plan.steps[:-1])
    while left:
        before: list[Step] = []
        together: list[Step] = []
        later: list[Step] = []
        for step in left:
            if not made.issuperset(step.inputs):
                later.append(step)
            elif isinstance(operation_of(step), InteractiveOperation):
                together.append(step)
            else:
                before.append(step)
                made.add(step.y)
        made.update(step.y for step in together)
        left = later
        yield Stage(tuple(before), tuple(together))
