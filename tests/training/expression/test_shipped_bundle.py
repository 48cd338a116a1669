"""The network that ships for real faces: calm real faces are calm, in integers; what binds it goes along."""

from __future__ import annotations

from dataclasses import replace
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
from tests.training.expression.portraits import DRAWS, found_in_portrait
from training.networks.three_readers import ThreeReaders
from training.runs.start import start_of

ROOT = Path(__file__).parents[3]
BUNDLE = ROOT / "models" / "expression-real"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return Bundle.load(BUNDLE)


@pytest.fixture(scope="module")
def crops(bundle: Bundle) -> dict[str, np.ndarray]:
    return found_in_portrait(bundle.plan.crop_format)


def test_a_calm_real_face_is_calm_however_a_camera_shows_it(bundle: Bundle, crops: dict[str, np.ndarray]) -> None:
    """Every time: truncations and comparisons err by chance, and no draw of theirs may make a pain of it."""
    reference = Reference(bundle.plan, bundle.weights)
    found = {name: int(reference.draws(crop, DRAWS).argmax(axis=1).max()) for name, crop in crops.items()}
    assert max(found.values()) <= 1, found
    assert found["as it is"] == 0


def test_with_its_middle_levels_scores_exchanged_it_would_not_be(bundle: Bundle, crops: dict[str, np.ndarray]) -> None:
    """The test above can fail: the same network whose last layer speaks for the opposite calls pain in that face."""
    weights = dict(bundle.weights)
    last = [step.name for step in bundle.plan.steps if f"{step.name}.weight" in weights][-1]
    for part in ("weight", "bias"):
        weights[f"{last}.{part}"] = np.ascontiguousarray(weights[f"{last}.{part}"][::-1])
    turned = replace(bundle, plan=bundle.plan.model_copy(update={"weights_commitment": None}), weights=weights)
    assert Reference(turned.plan, turned.weights).run(crops["as it is"]).level >= 2


def test_the_integers_agree_with_the_float_network(bundle: Bundle, crops: dict[str, np.ndarray]) -> None:
    images = np.stack(list(crops.values()))
    reference = Reference(bundle.plan, bundle.weights)
    floats = float_scores(BUNDLE, images).argmax(axis=1)
    assert np.abs(floats - [reference.run(image).level for image in images]).max() <= 1


def test_card_and_notice_say_what_it_is_and_whose(bundle: Bundle) -> None:
    assert bundle.plan.crop == "224x224x3-close" and bundle.plan.levels == 4
    assert "not for clinical use" in bundle.card.splitlines()[0]
    provenance = ("scraped from the web", "expression_three_readers", "FER2013")
    for words in ("expression-based, not validated for pain", *provenance):
        assert words in bundle.card
    notice = (BUNDLE / "NOTICE").read_text()
    assert "@vladmandic/face-api 1.7.15" in notice and "MIT License" in notice
    assert "@vladmandic/human 3.3.6" in notice and "Copyright (c) 2017 Octavio" in notice
    assert "models/expression-real/NOTICE" in (ROOT / "deploy" / "images" / "Dockerfile").read_text()


def test_it_ranks_real_faces_as_its_teachers_do() -> None:
    """100 photographed faces that nothing here was trained on, of 25 pixels a side, and no two alike.

    Teachers are the two networks that the weights are of: what each of them makes of a face alone. Their mean is what
    the network should say, and neither alone should be lost in it.
    """
    faces = np.load(Path(skimage.data.__file__).parent / "lfw_subset.npy")[:100]
    larger = [cv2.resize((face * 255).astype(np.uint8), (224, 224), interpolation=cv2.INTER_CUBIC) for face in faces]
    crops = np.stack([np.stack([grey] * 3) for grey in larger])
    network = start_of(BUNDLE).network
    assert isinstance(network, ThreeReaders)
    with torch.inference_mode():
        x = torch.from_numpy(crops).float() / 255
        one = network.first(network.features(x)[0])[:, 0].numpy()
        other = network.third(x)[:, 0].numpy()
    said = torch.from_numpy(float_scores(BUNDLE, crops)).softmax(1).double().numpy() @ np.arange(4)
    assert spearmanr(said, one + other).statistic > 0.9
    assert min(spearmanr(said, one).statistic, spearmanr(said, other).statistic) > spearmanr(one, other).statistic + 0.1
