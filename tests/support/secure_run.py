"""Whole inferences of both parties in two threads over real OT and HE; values revealed, held to the reference."""

from __future__ import annotations

import numpy as np

from snni.model.bundle import Bundle
from snni.model.integers import centred
from snni.model.reference import Reference
from snni.model.step_cost import plan_cost
from snni.model.steps import Argmax
from snni.twoparty.suite import TWO_PARTY
from tests.support.parties import run_parties


def infer(bundle: Bundle, images, *, scores: bool):
    """Both parties in two threads; per image: the outcome, and each value revealed from both shares."""
    plan, run = bundle.plan, run_parties(bundle, images, scores=scores)
    if not scores:
        check_cost(plan, run.profiles)
    revealed = [
        {
            name: centred(c[name].astype(np.int64) + s[name], plan.values[name].ring_bits)
            for name in s
            if name in c and not isinstance(name, Argmax)
        }
        for c, s in zip(run.mine, run.theirs, strict=True)
    ]
    return run.outcomes, revealed


def check_cost(plan, profiles) -> None:
    """What each step of an inference sent and received is what the plan's declared cost says, to the byte."""
    declared = {name.removesuffix(" (input)"): cost for name, cost in plan_cost(plan, TWO_PARTY).items()}
    names = {plan.input: "input"}
    for profile in profiles:
        for name, cost in declared.items():
            measured = profile.steps.get(names.get(name, name))
            assert (measured.sent + measured.received if measured else 0) == cost.online_bytes, name
        assert profile.total_bytes == sum(cost.online_bytes for cost in declared.values())
        assert profile.flights == TWO_PARTY.flights(plan) - 1  # the image goes the way of what the client prepared


def check_steps(bundle: Bundle, image, revealed) -> int:
    """Every step's revealed output within its bound of the ideal one on its revealed input; how many were checked."""
    reference, checked = Reference(bundle.plan, bundle.weights), 0
    assert np.array_equal(revealed[bundle.plan.input], image)
    for step in bundle.plan.steps[:-1]:
        ideal = reference.step(step, [revealed[name] for name in step.inputs])
        error = np.abs(centred(revealed[step.y] - ideal.y, bundle.plan.values[step.y].ring_bits))
        assert error.max() <= ideal.error_units, step.name
        checked += 1
    return checked
