"""The narrow network that ships: half of the wide one's comparisons, and what they read alike."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from scipy.stats import spearmanr

from snni.compile.float_network import float_scores
from snni.model.bundle import Bundle
from snni.model.reference import Reference
from snni.model.step_cost import total_cost
from snni.twoparty.suite import suite_of
from tests.training.expression.portraits import DRAWS, found_in_portrait

MODELS = Path(__file__).parents[3] / "models"
NARROW, WIDE = MODELS / "expression-narrow", MODELS / "expression-real"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(NARROW)


def test_it_has_less_than_half_the_comparisons_and_bytes(bundle: Bundle) -> None:
    suite = suite_of(comparison="tables")
    narrow, wide = (total_cost(one.plan, suite) for one in (bundle, Bundle.load(WIDE)))
    assert 2 * narrow.comparisons < wide.comparisons and 2 * narrow.online_bytes < wide.online_bytes
    assert narrow.flights < wide.flights


def test_a_calm_real_face_is_calm_however_a_camera_shows_it(bundle: Bundle) -> None:
    """In every draw of what errs by chance."""
    reference = Reference(bundle.plan, bundle.weights)
    crops = found_in_portrait(bundle.plan.crop_format)
    found = {name: int(reference.draws(crop, DRAWS).argmax(axis=1).max()) for name, crop in crops.items()}
    assert set(found.values()) == {0}, found


def test_it_ranks_real_faces_as_the_wide_one_does() -> None:
    """100 photographed faces that neither was trained on, of 25 pixels a side, and no two alike.

    A ranking that is told nothing of the other one's would agree by 0 give or take 0.1.
    """
    faces = np.load(Path(skimage.data.__file__).parent / "lfw_subset.npy")[:100]
    larger = [cv2.resize((face * 255).astype(np.uint8), (224, 224), interpolation=cv2.INTER_CUBIC) for face in faces]
    crops = np.stack([np.stack([grey] * 3) for grey in larger])
    scores = [torch.from_numpy(float_scores(one, crops)) for one in (NARROW, WIDE)]
    assert spearmanr(*(one[:, 3] - one[:, 0] for one in scores)).statistic > 0.9
    levels = [one.argmax(1) for one in scores]
    assert float((levels[0] == levels[1]).double().mean()) > 0.8
    assert int((levels[0] >= 2).sum()) <= int((levels[1] >= 2).sum()), "none more is called"


def test_card_and_notice_say_what_it_is_and_whose(bundle: Bundle) -> None:
    assert bundle.plan.crop == "224x224x3-close" and bundle.plan.levels == 4
    assert "not for clinical use" in bundle.card.splitlines()[0]
    for words in ("expression-based, not validated for pain", "expression_narrow_readers", "scraped from the web"):
        assert words in bundle.card
    assert (NARROW / "NOTICE").read_bytes() == (WIDE / "NOTICE").read_bytes()
    assert "| everybody | 80 |" in bundle.card, "measured by group"
