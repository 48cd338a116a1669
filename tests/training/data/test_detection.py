"""The room's own detector finds drawn faces, whoever they are and whatever they do."""

import numpy as np

from faces.align import align_crop, eye_places
from faces.detect import Detector
from training.data.build import samples_of
from training.synth.face import FaceParams, render
from training.synth.identity import Identity
from training.synth.pose import Pose
from training.synth.sampling import units_for
from training.synth.splits import SPLITS, seed_of

FRAMES = 40


def test_nineteen_of_twenty_are_found() -> None:
    detector, rng = Detector(), np.random.default_rng(3)
    found = 0
    for number in range(FRAMES):
        who = Identity.from_seed(seed_of("test", 500 + number))
        params = FaceParams.random(who, units_for(number % 4, rng), number)
        found += bool(detector.detect(render(params)))
    assert found >= 0.95 * FRAMES


def test_landmarks_are_where_the_eyes_were_drawn() -> None:
    pose = Pose(x=0.5, y=0.45, eyes_px=90)
    who = next(who for who in map(Identity.from_seed, range(50)) if not who.glasses)
    picture = render(FaceParams(who, pose=pose))
    face = Detector().detect(picture)[0]
    assert np.abs(face.landmarks[:2] - [(275, 216), (365, 216)]).max() < 0.15 * 90
    assert align_crop(picture, face).shape == (224, 224, 3)
    assert eye_places()[0][1] < 112


def test_crops_of_a_person_are_balanced_and_true() -> None:
    samples, missed = samples_of(seed_of("test", 0), per_level=1)
    assert len(samples) + len(missed) == 4
    assert {sample.units.level for sample in samples} <= {0, 1, 2, 3}
    assert all(sample.crop.shape == (224, 224, 3) and sample.identity == seed_of("test", 0) for sample in samples)
    again, _ = samples_of(seed_of("test", 0), per_level=1)
    assert all(np.array_equal(a.crop, b.crop) for a, b in zip(samples, again, strict=True))


def test_nobody_is_in_two_splits() -> None:
    ranges = list(SPLITS.values())
    for index, first in enumerate(ranges):
        for second in ranges[index + 1 :]:
            assert first[-1] < second[0] or second[-1] < first[0]
