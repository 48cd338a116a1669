"""Client and server frames over real OT and HE: every step against the reference, given its revealed input."""

from pathlib import Path

import numpy as np
import pytest

from snni.model.bundle import Bundle
from snni.model.step_cost import total_cost
from snni.twoparty.suite import suite_of
from tests.support.networks import residual
from tests.support.parties import run_parties
from tests.support.secure_run import check_steps, infer


@pytest.mark.parametrize("batch", [1, 3])
def test_every_step_is_within_its_bound_on_a_small_network(batch):
    bundle = residual()
    images = np.random.default_rng(batch).integers(0, 256, (batch, *bundle.plan.input_shape), np.uint8)
    outcomes, revealed = infer(bundle, images, scores=True)
    for image, outcome, values in zip(images, outcomes, revealed, strict=True):
        assert check_steps(bundle, image, values) == len(bundle.plan.steps) - 1
        scores = values[bundle.plan.scores].reshape(-1)
        assert np.array_equal(outcome.scores, scores)
        assert outcome.level == int(np.argmax(scores))


def test_every_step_of_squeezenet_at_224_is_within_its_bound():
    """The shipped network whole, at shipped parameters."""
    bundle = Bundle.load(Path(__file__).parents[4] / "models" / "squeezenet-synthetic")
    images = np.random.default_rng(4).integers(0, 256, (1, *bundle.plan.input_shape), np.uint8)
    outcomes, revealed = infer(bundle, images, scores=True)
    assert check_steps(bundle, images[0], revealed[0]) == len(bundle.plan.steps) - 1 > 50
    assert np.array_equal(outcomes[0].scores, revealed[0][bundle.plan.scores].reshape(-1))


@pytest.mark.parametrize("link", ["5g", "wan"])
def test_comparisons_made_for_a_link_give_the_same_levels_in_fewer_flights(link):
    """Wide lookups throughout: the declared bytes and flights are those of the run, and fewer flights than without."""
    bundle, suite = residual(), suite_of("ferret", "leaf", link)
    images = np.random.default_rng(3).integers(0, 256, (2, *bundle.plan.input_shape), np.uint8)
    run = run_parties(bundle, list(images), suite)
    for outcome, mine, theirs in zip(run.outcomes, run.mine, run.theirs, strict=True):
        bits, name = bundle.plan.values[bundle.plan.scores].ring_bits, bundle.plan.scores
        scores = (mine[name].astype(np.int64) + theirs[name]).reshape(-1) % (1 << bits)
        assert outcome.level == int(np.argmax(np.where(scores >= 1 << (bits - 1), scores - (1 << bits), scores)))
    cost = total_cost(bundle.plan, suite)
    profile = run.profiles[0]  # its first flight is that of what the client sent last ahead
    assert (1 + profile.flights, profile.total_bytes) == (cost.flights, cost.online_bytes)
    assert cost.flights < suite_of(comparison="leaf").flights(bundle.plan)


def test_the_level_alone_is_the_argmax_of_the_revealed_scores():
    bundle = residual()
    images = np.random.default_rng(9).integers(0, 256, (2, *bundle.plan.input_shape), np.uint8)
    outcomes, revealed = infer(bundle, images, scores=False)
    for outcome, values in zip(outcomes, revealed, strict=True):
        assert outcome.scores is None
        assert outcome.level == int(np.argmax(values[bundle.plan.scores]))
