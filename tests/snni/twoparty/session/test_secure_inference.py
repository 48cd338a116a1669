"""Client and server frames over real OT and HE: every step against the reference, given its revealed input."""

from pathlib import Path

import numpy as np
import pytest

from snni.model.bundle import Bundle
from tests.support.networks import residual
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


def test_the_level_alone_is_the_argmax_of_the_revealed_scores():
    bundle = residual()
    images = np.random.default_rng(9).integers(0, 256, (2, *bundle.plan.input_shape), np.uint8)
    outcomes, revealed = infer(bundle, images, scores=False)
    for outcome, values in zip(outcomes, revealed, strict=True):
        assert outcome.scores is None
        assert outcome.level == int(np.argmax(values[bundle.plan.scores]))
