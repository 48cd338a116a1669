"""What an action unit changes in a picture, and where; and that a picture is a function of its parameters."""

from dataclasses import replace

import numpy as np
import pytest

from training.synth.face import FaceParams, Studio, render, still
from training.synth.identity import Identity
from training.synth.lens import Lens, compress
from training.synth.pose import Pose
from training.synth.units import ActionUnits

FRONT = Pose(x=0.5, y=0.45, eyes_px=90)
PERSON = next(who for who in map(Identity.from_seed, range(50)) if not who.glasses)
CALM = FaceParams(PERSON, pose=FRONT, lens=Lens(noise=0, blur_px=0))

# In units of the distance between the pupils, from the point between them: left, top, right, bottom.
REGIONS = {
    "au4": (-1.0, -0.75, 1.0, 0.2),
    "au6": (-1.15, -0.35, 1.15, 1.0),
    "au7": (-0.95, -0.3, 0.95, 0.35),
    "au9": (-0.65, -0.5, 0.65, 1.25),
    "au10": (-0.85, 0.25, 0.85, 1.5),
    "au43": (-0.95, -0.3, 0.95, 0.35),
    "au12": (-1.0, -0.2, 1.0, 1.5),
}


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(PERSON, CALM.light, CALM.scene)


def difference(studio: Studio, units: ActionUnits) -> np.ndarray:
    calm, moved = studio.picture(CALM).astype(float), studio.picture(still(CALM, units)).astype(float)
    return np.abs(calm - moved).sum(axis=2)


@pytest.mark.parametrize("name", REGIONS)
def test_an_action_unit_changes_its_own_region(studio: Studio, name: str) -> None:
    changed = difference(studio, ActionUnits(**{name: 1 if name == "au43" else 4}))
    left, top, right, bottom = REGIONS[name]
    rows = slice(round(0.45 * 480 + top * 90), round(0.45 * 480 + bottom * 90))
    columns = slice(round(320 + left * 90), round(320 + right * 90))
    assert changed.max() > 60
    assert changed[rows, columns].sum() > 0.95 * changed.sum()


@pytest.mark.parametrize("name", ["au4", "au6", "au7", "au9", "au10"])
def test_a_trace_shows_and_more_shows_more(studio: Studio, name: str) -> None:
    sums = [difference(studio, ActionUnits(**{name: intensity})).sum() for intensity in (1, 3, 5)]
    assert sums == sorted(sums)
    assert sums[0] > 0.2 * sums[2] > 0


def test_equal_parameters_give_equal_pictures() -> None:
    params = FaceParams.random(Identity.from_seed(7), ActionUnits(au4=2), 11)
    again = FaceParams.random(Identity.from_seed(7), ActionUnits(au4=2), 11)
    assert np.array_equal(render(params), render(again))


def test_drawing_one_picture_does_not_change_the_next(studio: Studio) -> None:
    before = studio.picture(CALM)
    studio.picture(still(CALM, ActionUnits(au4=5, au6=5, au10=5, au43=1, jaw=1)))
    assert np.array_equal(before, studio.picture(CALM))


def test_other_seeds_are_other_people_and_rooms() -> None:
    assert Identity.from_seed(1) != Identity.from_seed(2)
    one, two = (FaceParams.random(PERSON, ActionUnits(), seed) for seed in (1, 2))
    assert one.pose != two.pose and one.light != two.light and one.scene != two.scene


def test_skins_span_light_and_dark() -> None:
    tones = [float(np.mean(Identity.from_seed(seed).skin)) for seed in range(200)]
    assert min(tones) < 0.06 and max(tones) > 0.55


def test_pose_moves_the_face() -> None:
    turned = replace(CALM, pose=replace(FRONT, yaw=0.3, roll=0.2))
    assert np.abs(render(turned).astype(float) - render(CALM)).mean() > 2


def test_size_and_type_of_a_picture() -> None:
    small = render(CALM, (240, 320))
    assert small.shape == (240, 320, 3) and small.dtype == np.uint8
    with pytest.raises(ValueError, match="size"):
        render(CALM, (8, 8))


def test_compression_loses_little(studio: Studio) -> None:
    picture = studio.picture(CALM)
    worse, better = (np.abs(compress(picture, q).astype(float) - picture).mean() for q in (45, 95))
    assert 0 < better < worse < 6


def test_women_and_men_are_drawn_apart_but_overlap() -> None:
    people = [Identity.from_seed(seed) for seed in range(300)]
    jaws = {sex: [who.jaw_width for who in people if who.sex == sex] for sex in ("female", "male")}
    assert min(len(widths) for widths in jaws.values()) > 110
    assert np.mean(jaws["male"]) > np.mean(jaws["female"]) + 0.08
    assert max(jaws["female"]) > min(jaws["male"])
    assert all(who.stubble == 0 for who in people if who.sex == "female")
    assert 0.25 < np.mean([who.glasses for who in people]) < 0.45


@pytest.mark.parametrize("name", ["au6", "au7"])
def test_cheeks_and_lids_show_behind_glasses(name: str) -> None:
    who = next(who for who in map(Identity.from_seed, range(50)) if who.glasses)
    calm = replace(CALM, identity=who)
    before, behind = (Studio(person, calm.light, calm.scene) for person in (replace(who, glasses=False), who))
    shown = []
    for studio in (before, behind):
        still_face, moved = studio.picture(calm), studio.picture(still(calm, ActionUnits(**{name: 5})))
        shown.append(np.abs(still_face.astype(float) - moved).sum())
    assert shown[1] > 0.7 * shown[0]


def test_a_smile_does_not_do_what_raised_cheeks_do(studio: Studio) -> None:
    """The skin beside the eyes and just below them: AU6 folds it, a smile by itself does not."""
    rows, columns = slice(round(216 - 0.1 * 90), round(216 + 0.28 * 90)), slice(round(320 + 0.8 * 90), 320 + 95)
    smile, cheeks = ActionUnits(au12=5), ActionUnits(au6=5)
    assert difference(studio, smile)[rows, columns].sum() < 0.15 * difference(studio, cheeks)[rows, columns].sum()
