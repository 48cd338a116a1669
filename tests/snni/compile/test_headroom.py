"""Headroom is what doubling shows: a value enlarged by so many bits fits, by one more it does not; the card says it."""

from __future__ import annotations

import math

import pytest
import torch

from snni.compile.calibrate import measure, read_images
from snni.compile.compiler import assemble, quantise
from snni.compile.headroom import value_headroom
from snni.model.steps import Clip, Relu, Rescale
from tests.snni.compile.networks import ResNet, images, settle

torch.set_num_threads(1)
SHAPE = (3, 32, 32)


@pytest.mark.parametrize("bits", [1, 2])
def test_headroom_is_at_least_what_was_asked_for_and_hardly_more_where_rings_are_tight(bits: int) -> None:
    module, batches = settle(ResNet(), SHAPE), read_images([images(3, SHAPE, 0)])
    quantised = quantise(module, batches, bits)
    plan, weights = quantised.emit("net")
    found = value_headroom(quantised.lowered.graph, quantised.statistics, quantised.scales, quantised.rings)
    assert found.keys() == plan.values.keys() - {plan.output}
    inner = [name for name in found if name != plan.input]
    assert min(found[name].ring for name in inner) >= bits - 1e-9
    windows = {step.y: found[step.y].window for step in plan.steps if isinstance(step, Relu | Clip | Rescale)}
    assert all(window is not None and bits - 1e-9 <= window <= bits + 1.5 for window in windows.values())
    for step in plan.steps:
        if isinstance(step, Relu):
            peak = quantised.statistics.peak[step.x] / quantised.scales.scale[step.y]
            assert peak * 2.0 ** found[step.y].window == pytest.approx(
                2 ** (step.window - 1) - 2**step.ignored, rel=1e-6
            )
    card = assemble(quantised, plan, weights, module, batches).bundle.card
    least = min(window for window in windows.values() if window is not None)
    assert f"window {least:.1f} bits" in card and "ring headroom" in card


def test_a_value_that_was_always_nothing_has_its_whole_ring() -> None:
    module, batches = settle(ResNet(), SHAPE), read_images([images(2, SHAPE, 0)])
    quantised = quantise(module, batches)
    plan, _ = quantised.emit("net")
    dark = measure(quantised.lowered.graph, [torch.zeros(1, *SHAPE)])
    found = value_headroom(quantised.lowered.graph, dark, quantised.scales, quantised.rings)
    assert found[plan.input].ring == plan.input_bits - 1
    assert all(math.isfinite(room.ring) for room in found.values())


def test_the_card_holds_the_hash_of_the_plan_that_is_saved() -> None:
    module, batches = settle(ResNet(), SHAPE), read_images([images(2, SHAPE, 0)])
    quantised = quantise(module, batches)
    bundle = assemble(quantised, *quantised.emit("net"), module, batches).bundle
    assert bundle.plan.weights_commitment is not None and bundle.plan.plan_hash in bundle.card
    assert bundle.plan.weights_commitment not in bundle.card
