"""Which steps share their flights: branches of one depth; never a step and one that reads it."""

from __future__ import annotations

from pathlib import Path

from snni.model.plan import Plan
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.operations import operation_of
from snni.twoparty.schedule import stages
from snni.twoparty.suite import TWO_PARTY
from tests.support.networks import grey, residual

SQUEEZENET = Path(__file__).parents[3] / "models" / "squeezenet-synthetic" / "plan.json"


def networks() -> list[Plan]:
    return [Plan.load(SQUEEZENET), residual().plan, grey().plan]


def test_every_step_runs_once_and_after_what_it_reads() -> None:
    for plan in networks():
        made, names = {plan.input}, []
        for stage in stages(plan):
            for step in stage.before:
                assert made.issuperset(step.inputs) and not isinstance(operation_of(step), InteractiveOperation)
                made.add(step.y)
            for step in stage.together:
                assert made.issuperset(step.inputs) and isinstance(operation_of(step), InteractiveOperation)
            made.update(step.y for step in stage.together)
            names += [step.name for step in (*stage.before, *stage.together)]
        assert sorted(names) == sorted(step.name for step in plan.steps[:-1])


def test_squeezenets_expansions_share_their_flights() -> None:
    """Six fire modules have ReLUs behind their 1x1 and their 3x3 convolutions, which nothing orders; of the others both
    go into a pool first, and one ReLU follows."""
    plan = Plan.load(SQUEEZENET)
    shared = [stage.together for stage in stages(plan) if len(stage.together) > 1]
    assert len(shared) == 6 and all(len(together) == 2 for together in shared)
    each = [TWO_PARTY.shape(plan, step) for step in plan.steps]
    alone = 1 + sum(shape.traffic.flights for shape in each if shape is not None)
    assert TWO_PARTY.flights(plan) == alone - 6 * 4
