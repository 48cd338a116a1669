"""What a plan costs before anything runs: work that any suite does, and what its suite sends while a frame waits."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Protocol

from snni.model.plan import Plan
from snni.model.steps import Step


@dataclass(frozen=True)
class StepCost:
    """Of one step for one frame.

    macs, weights, relus, comparisons (ReLUs, maxima, argmax): the plan's, whatever the suite. lookups, online_bytes,
    flights: the suite's. Bytes count every party's messages with their headers; flights wait for each other.
    """

    macs: int = 0
    weights: int = 0
    relus: int = 0
    comparisons: int = 0
    lookups: int = 0
    online_bytes: int = 0
    flights: int = 0

    def __add__(self, other: StepCost) -> StepCost:
        return StepCost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(StepCost)))


class Costs(Protocol):
    """What a suite says of a plan's cost: the compiler and the trainer know suites by this alone."""

    def input_cost(self, plan: Plan) -> StepCost:
        """Of handing in the image."""
        ...

    def step_cost(self, plan: Plan, step: Step) -> StepCost:
        """Of one step. Exact: tests hold every run to it. Its flights are those of the step alone."""
        ...

    def flights(self, plan: Plan) -> int:
        """Of the whole, where steps share theirs."""
        ...


def work(plan: Plan, step: Step) -> StepCost:
    """The part that does not depend on a suite."""
    values = plan.values
    return StepCost(step.macs(values), step.weights(values), step.relus(values), step.comparisons(values))


def plan_cost(plan: Plan, costs: Costs) -> dict[str, StepCost]:
    """The cost of each step by name, in order, after that of the image under ``input``'s name."""
    return {f"{plan.input} (input)": costs.input_cost(plan)} | {s.name: costs.step_cost(plan, s) for s in plan.steps}


def total_cost(plan: Plan, costs: Costs) -> StepCost:
    """Sum over ``plan_cost``, but for the flights that steps share."""
    return replace(sum(plan_cost(plan, costs).values(), StepCost()), flights=costs.flights(plan))
