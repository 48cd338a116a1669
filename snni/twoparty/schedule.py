"""When steps of a plan run: each as soon as its inputs are made, beside all others that are under way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.operations import operation_of


@dataclass(frozen=True)
class Ready:
    """silent: steps that send nothing, in order. begin: those that begin to send with the next turn, in the plan's
    order."""

    silent: tuple[Step, ...]
    begin: tuple[Step, ...]


class Schedule:
    """All steps of a plan but the last, which opens the result. Both parties follow it from the plan alone: a step's
    turns are known from its shape, so both see it end in the same turn."""

    def __init__(self, plan: Plan) -> None:
        self._made = {plan.input}
        self._waiting = list(plan.steps[:-1])
        self._makes = {step.name: step.y for step in plan.steps}

    def after(self, ended: Iterable[str]) -> Ready:
        """What can run once the steps of these names have ended; first of all, after none."""
        self._made.update(self._makes[name] for name in ended)
        silent: list[Step] = []
        begin: list[Step] = []
        waiting: list[Step] = []
        for step in self._waiting:
            if not self._made.issuperset(step.inputs):
                waiting.append(step)
            elif isinstance(operation_of(step), InteractiveOperation):
                begin.append(step)
            else:
                silent.append(step)
                self._made.add(step.y)
        self._waiting = waiting
        return Ready(tuple(silent), tuple(begin))


def longest(plan: Plan, flights: Mapping[str, int]) -> int:
    """Flights of all steps but the last, of which each takes `flights[name]` (none where it sends nothing): those of
    the longest way through the plan."""
    ends = {plan.input: 0}
    for step in plan.steps[:-1]:
        ends[step.y] = max(ends[x] for x in step.inputs) + flights.get(step.name, 0)
    return max(ends.values())
