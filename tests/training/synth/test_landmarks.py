"""Landmarks of drawn faces lie where the paint is, whatever the pose, and move with the muscles."""

from dataclasses import replace

import numpy as np
import pytest

from faces.detect import Detector
from training.synth.face import SIZE, FaceParams, Studio
from training.synth.identity import Identity
from training.synth.landmarks import LANDMARKS, landmarks, plate_landmarks
from training.synth.plate import LEFT, SCALE_PX, TOP
from training.synth.pose import Pose, place
from training.synth.splits import seed_of
from training.synth.units import ActionUnits, Movement

WHO = Identity.from_seed(seed_of("test", 24_000))
POSES = (
    Pose(),
    Pose(yaw=0.35, pitch=-0.2, roll=0.3, eyes_px=90),
    Pose(x=0.45, y=0.4, yaw=-0.35, pitch=0.2, roll=-0.2, eyes_px=70),
)


def moved(**units: float) -> FaceParams:
    return FaceParams(WHO, Movement.of(ActionUnits(**units)))


def distance(params: FaceParams, first: str, second: str) -> float:
    points = plate_landmarks(params)
    return float(np.linalg.norm(points[LANDMARKS.index(first)] - points[LANDMARKS.index(second)]))


@pytest.mark.parametrize("jaw", [0.0, 1.0])
@pytest.mark.parametrize("pose", POSES)
def test_a_mark_painted_on_the_plate_is_seen_where_its_landmark_is(pose: Pose, jaw: float) -> None:
    params = replace(moved(jaw=jaw, au4=3), pose=pose)
    plate = Studio(WHO, params.light, 0).plate(params)
    found = landmarks(params, plate, SIZE)
    height, width = plate.relief.shape
    rows, columns = np.mgrid[0:height, 0:width]
    for index in range(0, len(LANDMARKS), 3):
        x, y = (plate_landmarks(params)[index] - (LEFT, TOP)) * SCALE_PX - 0.5
        mark = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.0**2)).astype(np.float32)
        seen = place(np.dstack([mark, mark]), plate.relief, pose, jaw, SIZE)[..., 0].astype(float)
        places = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
        centre = [(seen * axis).sum() / seen.sum() for axis in places[::-1]]
        # half a pixel: the mark is spread over a relief that bends it
        assert np.abs(found[index] - centre).max() < 0.75, LANDMARKS[index]


def test_the_two_halves_of_a_face_mirror_each_other() -> None:
    points = plate_landmarks(moved(au9=2))
    for index, name in enumerate(LANDMARKS):
        if name.startswith("left_"):
            twin = points[LANDMARKS.index(name.replace("left", "right"))]
            assert np.allclose(points[index] * (-1, 1), twin, atol=1e-4)
    assert points[LANDMARKS.index("left_eye_inner"), 0] < 0 < points[LANDMARKS.index("right_eye_inner"), 0]


def test_muscles_move_what_they_must() -> None:
    calm = moved()
    assert distance(moved(au43=1), "left_lid_upper", "left_lid_lower") < 0.02
    assert distance(moved(au7=5), "left_lid_upper", "left_lid_lower") < distance(
        calm, "left_lid_upper", "left_lid_lower"
    )
    assert distance(moved(au4=5), "left_brow_inner", "right_brow_inner") < distance(
        calm, "left_brow_inner", "right_brow_inner"
    )
    assert distance(moved(au4=5), "left_brow_inner", "left_eye_inner") < distance(
        calm, "left_brow_inner", "left_eye_inner"
    )
    assert distance(moved(au10=5), "nose_base", "lip_upper_top") < distance(calm, "nose_base", "lip_upper_top")
    assert distance(moved(jaw=1.0), "lip_upper_bottom", "lip_lower_top") > 0.25
    assert distance(moved(au12=5.0), "mouth_left", "mouth_right") > distance(calm, "mouth_left", "mouth_right")


def test_a_detector_sees_eyes_nose_and_mouth_there() -> None:
    params = replace(moved(), pose=Pose(eyes_px=90, roll=0.1))
    studio = Studio(WHO, params.light, 0)
    faces = Detector().detect(studio.picture(params))
    points = dict(zip(LANDMARKS, landmarks(params, studio.plate(params), SIZE), strict=True))
    eyes = [(points[f"{side}_eye_inner"] + points[f"{side}_eye_outer"]) / 2 for side in ("left", "right")]
    wanted = np.stack([*eyes, points["mouth_left"], points["mouth_right"]])
    assert np.abs(faces[0].landmarks[[0, 1, 3, 4]] - wanted).max() < 0.12 * 90
