"""Three active servers: the reference's levels where all follow the protocol."""

from __future__ import annotations

import numpy as np
import pytest

from snni.model.reference import Reference
from tests.snni.multiparty.prove.servers import Three
from tests.support.networks import clear_picture, residual
from tests.support.video_labels import sure_picture


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    return Three(residual(), tmp_path_factory.mktemp("three"))


def test_levels_are_the_references(three):
    picture, level = clear_picture()
    ended = three.run(np.repeat(picture[None], 2, axis=0))
    assert ended.errors == {}
    assert ended.results == (level, level)


def test_other_pictures_pass_every_check(three):
    rng = np.random.default_rng(1)
    reference = Reference(three.plan, residual().weights)
    pictures = rng.integers(0, 256, (4, *three.plan.input_shape), np.uint8)
    ended = three.run(pictures)
    assert ended.errors == {}
    for picture, level in zip(pictures, ended.results, strict=True):
        assert level in set(reference.draws(picture, 64).argmax(axis=1).tolist())


def test_a_label_is_the_laws(tmp_path):
    picture, level = sure_picture(residual())
    three = Three(residual(), tmp_path, 5, "every 2nd")
    other = np.random.default_rng(0).integers(0, 256, picture.shape, np.uint8)
    ended = three.run(np.stack([picture, other, picture, other, picture]))
    assert ended.errors == {} and ended.results == (level,)
