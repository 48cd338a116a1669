"""What comes before a face covers the part it is said to, leaves the rest, and does not change what is true."""

import numpy as np
import pytest

from training.data.build import samples_of
from training.synth.face import FaceParams, Studio
from training.synth.front import KINDS, Front
from training.synth.identity import Identity
from training.synth.lens import Lens
from training.synth.light import Light
from training.synth.pose import Pose
from training.synth.splits import seed_of

FRONT = Pose(x=0.5, y=0.45, eyes_px=90)
PERSON = next(who for who in map(Identity.from_seed, range(50)) if not who.glasses and who.hair_style == "short")
CALM = FaceParams(PERSON, pose=FRONT, lens=Lens(noise=0, blur_px=0))
# In units of the distance between the pupils, from the point between them: left, top, right, bottom.
EYES, RIGHT_EYE, LEFT_EYE = (-0.8, -0.2, 0.8, 0.15), (0.3, -0.1, 0.7, 0.12), (-0.7, -0.1, -0.3, 0.12)
MOUTH, RIGHT_CHEEK, CHIN = (-0.35, 1.05, 0.35, 1.3), (0.75, 0.7, 0.95, 1.1), (-0.3, 1.6, 0.3, 1.8)


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(PERSON, CALM.light, CALM.scene)


@pytest.fixture(scope="module")
def calm(studio: Studio) -> np.ndarray:
    return studio.picture(CALM).astype(float)


def changed(studio: Studio, calm: np.ndarray, front: Front, region: tuple[float, float, float, float]) -> float:
    """The part of a region's pixels that are no longer what they were."""
    left, top, right, bottom = (90 * edge for edge in region)
    rows, columns = slice(round(216 + top), round(216 + bottom)), slice(round(320 + left), round(320 + right))
    moved = FaceParams(PERSON, pose=FRONT, lens=CALM.lens, front=front)
    away = np.abs(studio.picture(moved).astype(float) - calm).max(axis=2)
    return float(np.mean(away[rows, columns] > 8))


@pytest.mark.parametrize(
    ("front", "covered", "free"),
    [
        (Front(mask="surgical"), MOUTH, EYES),
        (Front(mask="oxygen"), MOUTH, EYES),
        (Front(hand="mouth"), MOUTH, EYES),
        (Front(hand="cheek"), RIGHT_CHEEK, EYES),
        (Front(hand="eye"), RIGHT_EYE, MOUTH),
        (Front(blanket=1.0), CHIN, EYES),
        (Front(pillow=1.0), RIGHT_CHEEK, LEFT_EYE),
    ],
)
def test_it_covers_its_part_and_leaves_another(
    studio: Studio, calm: np.ndarray, front: Front, covered: tuple, free: tuple
) -> None:
    assert changed(studio, calm, front, covered) > 0.6
    assert changed(studio, calm, front, free) < 0.1


def test_a_tube_hides_nearly_nothing_and_a_hand_that_has_not_come_nothing(studio: Studio, calm: np.ndarray) -> None:
    face = (-1.0, -0.5, 1.0, 1.7)
    assert 0.01 < changed(studio, calm, Front(mask="cannula"), face) < 0.3
    assert changed(studio, calm, Front(hand="eye", reach=0.0), face) == 0
    assert changed(studio, calm, Front(hand="eye", reach=0.5), face) < changed(studio, calm, Front(hand="eye"), face)


@pytest.mark.parametrize("wrong", [{"mask": "veil"}, {"hand": "foot"}, {"reach": 1.2}, {"blanket": -1}, {"side": 0.5}])
def test_what_there_is_not_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        Front(**wrong)


def test_every_kind_comes_up_as_often_as_said() -> None:
    assert sum(KINDS.values()) == pytest.approx(1)
    rng = np.random.default_rng(0)
    kinds = [Front.random(rng)[0] for _ in range(2000)]
    for kind, part in KINDS.items():
        assert kinds.count(kind) / 2000 == pytest.approx(part, abs=4 * (part / 2000) ** 0.5)


def test_infrared_is_grey_and_a_lamp_at_night_is_warm_and_dim(calm: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    dark = Light.night_vision(rng)
    grey = Studio(PERSON, dark, 0).picture(FaceParams(PERSON, pose=FRONT, light=dark, lens=Lens.night(rng)))
    assert np.array_equal(grey[..., 0], grey[..., 1]) and np.array_equal(grey[..., 0], grey[..., 2])
    lamp = Light.night(rng)
    night = Studio(PERSON, lamp, 0).picture(FaceParams(PERSON, pose=FRONT, light=lamp, lens=CALM.lens))
    assert night[..., 0].mean() > 1.1 * night[..., 2].mean()
    assert night.mean() < calm.mean()


def test_crops_say_what_is_in_front_and_by_what_light() -> None:
    samples = [sample for number in range(4) for sample in samples_of(seed_of("test", 600 + number), 1)[0]]
    assert {sample.front for sample in samples} <= {"", *KINDS}
    assert {sample.hour for sample in samples} <= {"day", "night", "infrared"}
