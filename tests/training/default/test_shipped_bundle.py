"""The network that ships: it reads drawn people it never saw, in integers; with spoiled weights it does not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from snni.compile.float_network import float_scores
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from training.data.build import samples_of
from training.synth.splits import seed_of

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"
PEOPLE = 3


@pytest.fixture(scope="module")
def bundle():
    return Bundle.load(BUNDLE)


@pytest.fixture(scope="module")
def strangers():
    """Crops of people of the test split that training never measured either: uint8 [N, 3, 224, 224], levels."""
    kept = [sample for number in range(PEOPLE) for sample in samples_of(seed_of("test", 5000 + number))[0]]
    crops = np.stack([sample.crop.transpose(2, 0, 1) for sample in kept])
    return np.ascontiguousarray(crops), np.array([sample.units.level for sample in kept])


def levels_of(bundle: Bundle, crops: np.ndarray) -> np.ndarray:
    """As secure inference gives them: truncations and comparisons err by chance."""
    reference = Reference(bundle.plan, bundle.weights)
    return np.array([reference.run(crop, np.random.default_rng(index)).level for index, crop in enumerate(crops)])


def spoiled(bundle: Bundle) -> Bundle:
    """The same plan with the last layers' weights shuffled."""
    rng, weights = np.random.default_rng(1), dict(bundle.weights)
    for name in [name for name in weights if name.endswith(".weight")][-6:]:
        weights[name] = rng.permutation(weights[name].reshape(-1)).reshape(weights[name].shape)
    return replace(bundle, plan=bundle.plan.model_copy(update={"weights_commitment": None}), weights=weights)


@pytest.fixture(scope="module")
def found(bundle, strangers):
    return levels_of(bundle, strangers[0])


def test_the_shipped_network_reads_strangers_and_a_spoiled_one_does_not(bundle, strangers, found):
    crops, levels = strangers
    assert np.mean(np.abs(found - levels) <= 1) >= 0.9
    assert np.mean(found == levels) >= 0.7
    some = slice(None, None, 2)
    broken = levels_of(spoiled(bundle), crops[some])
    assert np.mean(broken == levels[some]) <= np.mean(found[some] == levels[some]) - 0.25


def test_the_integers_agree_with_the_float_network(strangers, found):
    floats = float_scores(BUNDLE, strangers[0]).argmax(axis=1)
    assert np.mean(floats == found) >= 0.9


def test_the_card_opens_with_the_warning(bundle):
    first = bundle.card.splitlines()[0]
    assert "synthetic faces" in first and "not for clinical use" in first
    assert "./run train default" in bundle.card


def test_demo_people_are_in_no_other_split():
    from training.synth.splits import SPLITS

    demo = set(SPLITS["demo"])
    assert all(demo.isdisjoint(people) for name, people in SPLITS.items() if name != "demo")
