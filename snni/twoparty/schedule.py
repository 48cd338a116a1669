"""When steps of a plan run: each as soon as its inputs are made, beside all others that are under way."""

from __future__ import annotations

from collections.abc import Mapping

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.operations import operation_of


class Schedule:
    """All steps of a plan but the last, which opens the result. Both parties follow it from the plan alone: a step's
    turns are known from its shape, so both see it end in the same turn."""

    def __init__(self, plan: Plan) -> None:
        self._made = {plan.input}
        self._waiting = list(plan.steps[:-1])
        self._makes = {step.name: step.y for step in plan.steps}

    def after(self, ended: str | None) -> tuple[Step, ...]:
        """What can run once the step of this name has ended; first of all, after none.

        Steps that send are in the plan's order, each after what of the others it needs, which send nothing; those that
        none of them needs are last. What they make counts as made.
        """
        if ended is not None:
            self._made.add(self._makes[ended])
        ready: list[Step] = []
        waiting: list[Step] = []
        for step in self._waiting:
            if not self._made.issuperset(step.inputs):
                waiting.append(step)
                continue
            ready.append(step)
            if not is_interactive(step):
                self._made.add(step.y)
        self._waiting = waiting
        return tuple(_soonest(ready))


def _soonest(ready: list[Step]) -> list[Step]:
    """In the order in which what is sent can go soonest, of the plan's order."""
    ordered: list[Step] = []
    for step in filter(is_interactive, ready):
        needed, before = set(step.inputs), [step]
        for other in reversed(ready[: ready.index(step)]):
            if other.y in needed and other not in ordered:
                needed |= set(other.inputs)
                before.append(other)
        ordered += reversed(before)
    return ordered + [step for step in ready if step not in ordered]


def is_interactive(step: Step) -> bool:
    """Whether it sends anything."""
    return isinstance(operation_of(step), InteractiveOperation)


def longest(plan: Plan, flights: Mapping[str, int]) -> int:
    """Flights of all steps but the last, of which each takes `flights[name]` (none where it sends nothing): those of
    the longest way through the plan."""
    ends = {plan.input: 0}
    for step in plan.steps[:-1]:
        ends[step.y] = max(ends[x] for x in step.inputs) + flights.get(step.name, 0)
    return max(ends.values())
