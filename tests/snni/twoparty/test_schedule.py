"""Which steps share flights: each begins when its inputs are made, beside all that are under way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from snni.model.plan import Plan
from snni.model.step_cost import total_cost
from snni.model.steps import Step
from snni.twoparty.schedule import Schedule, is_interactive, longest
from snni.twoparty.suite import TWO_PARTY, suite_of
from tests.support.networks import grey, residual

MODELS = Path(__file__).parents[3] / "models"
SQUEEZENET, EXPRESSION = MODELS / "squeezenet-synthetic" / "plan.json", MODELS / "expression-real" / "plan.json"


def networks() -> list[Plan]:
    return [Plan.load(SQUEEZENET), Plan.load(EXPRESSION), residual().plan, grey().plan]


def flights_of(plan: Plan) -> dict[str, int]:
    shapes = {step.name: TWO_PARTY.shape(plan, step) for step in plan.steps}
    return {name: shape.traffic.flights for name, shape in shapes.items() if shape is not None}


def walked(plan: Plan) -> Iterator[tuple[int, list[Step]]]:
    """As two parties walk it: what is ready, by the flights that have passed; what ends at once ends one by one."""
    schedule, each, under_way, now = Schedule(plan), flights_of(plan), {}, 0
    ready = list(schedule.after(None))
    while True:
        yield now, ready
        under_way |= {step.name: now + each[step.name] for step in ready if is_interactive(step)}
        if not under_way:
            return
        now = min(under_way.values())
        ended = [name for name, end in under_way.items() if end == now]
        under_way = {name: end for name, end in under_way.items() if end != now}
        ready = [step for name in ended for step in schedule.after(name)]


@pytest.mark.parametrize("plan", networks(), ids=lambda plan: plan.name)
def test_every_step_runs_once_and_as_soon_as_what_it_reads_is_made(plan: Plan) -> None:
    each, made, names = flights_of(plan), {plan.input: 0}, []

    def runs(step: Step, now: int, flights: int) -> None:
        assert max(made[x] for x in step.inputs) == now
        made[step.y] = now + flights
        names.append(step.name)

    last = 0
    for now, ready in walked(plan):
        for step in ready:
            assert is_interactive(step) == (step.name in each)
            runs(step, now, each.get(step.name, 0))
        last = now
    assert sorted(names) == sorted(step.name for step in plan.steps[:-1])
    assert longest(plan, each) == last == TWO_PARTY.flights(plan) - 1 - each[plan.steps[-1].name]


def test_all_flights_of_a_step_are_the_servers_and_the_clients_in_turn() -> None:
    """So that whatever ends with another step may begin with it: every step ends with the client's message."""
    for plan in networks():
        each = flights_of(plan)
        del each[plan.steps[-1].name]
        assert all(flights % 2 == 0 for flights in each.values())


def test_squeezenets_expansions_share_their_flights() -> None:
    """Six fire modules have ReLUs behind their 1x1 and their 3x3 convolutions, which nothing orders; of the others both
    go into a pool first, and one ReLU follows."""
    plan = Plan.load(SQUEEZENET)
    begin = [[step.op for step in ready] for _, ready in walked(plan)]
    shared = [ops for ops in begin if ops.count("relu") > 1]
    assert len(shared) == 6
    assert all(ops[:4] == ["conv", "relu", "conv", "relu"] for ops in shared)  # one is under way while the next is made
    assert TWO_PARTY.flights(plan) == 1 + sum(flights_of(plan).values()) - 6 * 2


def test_a_branch_with_pools_waits_for_no_step_of_the_other() -> None:
    """The second reader of photographs has two pools of four rounds each, and is shorter than the first one all the
    same: it costs none."""
    plan = Plan.load(EXPRESSION)
    each = flights_of(plan)
    main = [f"relu_{number}" for number in range(1, 16)]
    first = each["halve.rescaled"] + each["relu"] + sum(each[name] for name in main) + each["relu_26"]
    assert TWO_PARTY.flights(plan) == 1 + first + each["level"]


def test_the_default_bundle_takes_46_flights_and_less_than_11_mb_and_by_leaves_80_and_13() -> None:
    plan = Plan.load(EXPRESSION)
    assert TWO_PARTY.flights(plan) == 46 and total_cost(plan, TWO_PARTY).online_bytes < 11e6
    leaves = suite_of(comparison="leaf")
    assert leaves.flights(plan) == 80 and total_cost(plan, leaves).online_bytes < 13e6
