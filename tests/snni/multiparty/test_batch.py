"""Whole inferences among three servers in threads; values revealed from what each holds, held to the reference."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.model.bundle import Bundle
from snni.model.integers import centred
from snni.model.reference import Reference
from snni.multiparty.batch import BatchName, EvaluatorBatch, deal_batch
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import (
    dealer_model,
    evaluator_model,
    fresh_seeds,
    image_half,
    image_masks,
    mask_images,
    share_model,
)
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.plan_cost import total_servers_cost
from snni.multiparty.roles import Role
from snni.wire.memory_channel import channel_pair
from tests.support.networks import residual
from tests.support.uniform import unevenness

ROLES = (Role.FIRST, Role.SECOND)


@dataclass
class Ran:
    """levels [N]; masks, masked values and each evaluator's halves of masks by value; bytes dealt and opened."""

    levels: list[int]
    masks: dict[str, NDArray[np.uint32]]
    masked: dict[str, NDArray[np.uint32]]
    dealt: int
    opened: int
    dealer_heard: int

    def revealed(self, plan, image: int) -> dict[str, NDArray[np.int64]]:
        return {
            name: centred(mask[image].astype(np.int64) + self.masked[name][image], plan.values[name].ring_bits)
            for name, mask in self.masks.items()
        }


def infer(bundle: Bundle, images, number: int = 0) -> Ran:
    plan, batch = bundle.plan, BatchName(number, len(images))
    provided, *shares = share_model(bundle)
    keys, asked = DealerKeys.fresh(), fresh_seeds()
    masks, masked = {}, ({}, {})
    (dealt, taken), (one_out, one_in), (other_out, other_in) = channel_pair(), channel_pair(), channel_pair()
    ends = (one_out, other_in), (other_out, one_in)
    s = mask_images(plan, images, asked)

    def evaluator(index):
        half = image_half(plan, asked[index], len(images))
        mine = EvaluatorBatch(
            evaluator_model(plan, ROLES[index], shares[index]), (keys.first, keys.second)[index], batch, half
        )
        mine.prepare(taken if index else None)
        levels = mine.run(s, ChannelOpening(*ends[index]), observe=masked[index].__setitem__)
        with pytest.raises(CorrelationError):
            mine.run(s, ChannelOpening(*ends[index]))
        return levels

    with ThreadPoolExecutor(3) as pool:
        drawn = image_masks(plan, asked, len(images))
        deal = pool.submit(deal_batch, dealer_model(plan, provided), keys, batch, drawn, dealt, masks.__setitem__)
        runs = [pool.submit(evaluator, index) for index in range(2)]
        level_masks, levels = deal.result(), [run.result() for run in runs]
    assert all(np.array_equal(masked[0][name], masked[1][name]) for name in masked[0])
    opened = (level_masks + levels[0]) % (1 << plan.steps[-1].window)
    return Ran(
        opened.reshape(-1).tolist(), masks, masked[0], dealt.bytes_sent, one_out.bytes_sent, dealt.bytes_received
    )


@pytest.mark.parametrize("count", [1, 3])
def test_every_value_is_the_references_within_its_bound(count):
    bundle = residual()
    images = np.random.default_rng(count).integers(0, 256, (count, *bundle.plan.input_shape), np.uint8)
    ran = infer(bundle, images)
    reference = Reference(bundle.plan, bundle.weights)
    for at, image in enumerate(images):
        revealed = ran.revealed(bundle.plan, at)
        assert np.array_equal(revealed[bundle.plan.input], image)
        for step in bundle.plan.steps[:-1]:
            ideal = reference.step(step, [revealed[name] for name in step.inputs])
            error = np.abs(centred(revealed[step.y] - ideal.y, bundle.plan.values[step.y].ring_bits))
            assert error.max() <= (0 if step.op == "conv" else ideal.error_units), step.name
        assert ran.levels[at] == int(np.argmax(revealed[bundle.plan.scores]))
    assert ran.dealer_heard == 0
    declared = total_servers_cost(bundle.plan, count)
    assert (ran.dealt, ran.opened) == (declared.dealt, declared.opened)


def test_what_evaluators_hold_of_one_picture_is_uniform_and_anew_each_time():
    bundle = residual()
    picture = np.full((1, *bundle.plan.input_shape), 200, np.uint8)
    images = np.repeat(picture, 64, axis=0)
    runs = [infer(bundle, images, number) for number in range(2)]
    for name, spec in bundle.plan.values.items():
        columns = [(f"run {at}", ran.masked[name], spec.ring_bits) for at, ran in enumerate(runs)]
        if name != bundle.plan.output:
            assert unevenness(columns) == [], name


def test_weights_are_masked_for_each_evaluator():
    bundle = residual()
    seeds, first, second = share_model(bundle)
    assert first.seed != second.seed and {first.seed, second.seed} == set(seeds)
    for share in (first, second):
        masked = np.concatenate([t.reshape(-1) for name, t in share.tensors.items() if name.endswith(".weight")])
        again = share_model(bundle)[1].tensors
        other = np.concatenate([t.reshape(-1) for name, t in again.items() if name.endswith(".weight")])
        assert not np.array_equal(masked, other)


def test_images_of_another_shape_are_refused():
    bundle = residual()
    _, first, _ = share_model(bundle)
    half = image_half(bundle.plan, b"0" * 16, 1)
    mine = EvaluatorBatch(evaluator_model(bundle.plan, Role.FIRST, first), PairKey.fresh(), BatchName(0, 1), half)
    mine.prepare(None)
    out, _ = channel_pair()
    with pytest.raises(ParameterError):
        mine.run(np.zeros((2, *bundle.plan.input_shape), np.uint32), ChannelOpening(out, out))
