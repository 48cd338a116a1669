"""Each change does what its name says, keeps shape and type, and is a function of the rng."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.errors import ImageError
from training.data.augment import Augmentation, blurred, dimmed, occluded, recoloured, rotated

NOTHING = Augmentation(0, 0, 0, 0, 0, 0, 0, 0)


def picture(side: int = 96) -> np.ndarray:
    y, x = np.mgrid[:side, :side]
    return np.stack([x * 255 // side, y * 255 // side, (x + y) % 64 * 3], axis=2).astype(np.uint8)


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.integers(0, 200), st.integers(8, 64), st.integers(8, 64))
def test_shape_and_type_stay_and_chance_is_the_rngs(seed: int, height: int, width: int) -> None:
    crop = rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    before = crop.copy()
    change = Augmentation(occlusion=0.9, blur=0.9, low_light=0.9)
    once, again = change(crop, rng(seed)), change(crop, rng(seed))
    assert once.shape == crop.shape and once.dtype == np.uint8
    assert np.array_equal(once, again) and np.array_equal(crop, before)


def test_nothing_asked_nothing_changed() -> None:
    assert np.array_equal(NOTHING(picture(), rng()), picture())


def test_a_flip_mirrors() -> None:
    assert np.array_equal(Augmentation(1, 0, 0, 0, 0, 0, 0, 0)(picture(), rng()), picture()[:, ::-1])


def test_a_rotation_turns_and_turns_back() -> None:
    once = rotated(picture(), 10)
    back = rotated(once, -10)
    inner = slice(24, 72)
    # Blue jumps where its pattern begins anew; red and green are slopes that turning twice keeps.
    assert np.abs(once[inner, inner, :2].astype(int) - picture()[inner, inner, :2]).mean() > 5
    assert np.abs(back[inner, inner, :2].astype(int) - picture()[inner, inner, :2]).max() <= 3
    quarter = rotated(picture(), 90)
    assert np.abs(quarter.astype(int) - np.rot90(picture())).max() <= 1


def test_colours_move_no_further_than_asked() -> None:
    grey = np.full((8, 8, 3), 100, np.uint8)
    means = np.array([recoloured(grey, 0.2, rng(seed)).mean(axis=(0, 1)) for seed in range(200)])
    assert means.min() >= 100 * 0.8 * 0.9 - 1 and means.max() <= 100 * 1.2 * 1.1 + 1
    assert np.ptp(means, axis=1).max() > 5


@pytest.mark.parametrize("area", [0.05, 0.2, 0.5])
def test_an_occlusion_covers_no_more_than_its_area(area: float) -> None:
    crop = np.zeros((96, 96, 3), np.uint8)
    covered = np.array([(occluded(crop, area, rng(seed)).max(axis=2) > 0).mean() for seed in range(60)])
    assert (covered > 0).all()
    assert covered.max() <= area + 0.12  # the soft edge
    assert covered.mean() > 0.3 * area  # some of it falls outside the crop


def test_a_blur_smooths() -> None:
    sharp, soft = picture(), blurred(picture(), 2.0)
    steps = [np.abs(np.diff(one[..., 2].astype(int))).max() for one in (sharp, soft)]
    assert steps[1] < 0.25 * steps[0]  # a step of height h becomes a slope of h / (sigma sqrt(2 pi)), about h / 5
    assert abs(float(soft.mean()) - float(sharp.mean())) < 1


def test_low_light_dims_and_adds_noise() -> None:
    grey = np.full((64, 64, 3), 160, np.uint8)
    dark = dimmed(grey, 0.2, rng())
    assert abs(float(dark.mean()) - 160 * 0.2 ** (1 / 2.2)) < 2
    relative = [dimmed(grey, light, rng()).std() / dimmed(grey, light, rng()).mean() for light in (0.5, 0.05)]
    assert 0 < relative[0] < relative[1]


@pytest.mark.parametrize("wrong", [{"flip": 1.1}, {"rotation_deg": 50}, {"occlusion_area": 0.6}, {"lowest_light": 0}])
def test_out_of_range_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Augmentation(**wrong)
    with pytest.raises(ImageError):
        Augmentation()(np.zeros((8, 8), np.uint8), rng())
