"""Pictures of a small head: repeatable to the bit, moved by action units, turned, lit and seen as asked."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from faces.detect import Detector
from tests.training.rendered.tiny_face import write_tiny
from training.data.rendered import main, pictures_of, samples_of
from training.rendered.expression import CLOSED, LARGEST, SNEER_AND_LIP, shape_weights
from training.rendered.face_model import FaceModel, load_face_model
from training.rendered.pose import MIDDLE_CM, Stand
from training.rendered.render import RenderParams, RenderStudio, still
from training.synth.identity import Identity
from training.synth.lens import Lens
from training.synth.light import Light
from training.synth.pose import Pose
from training.synth.units import ActionUnits, Movement

SIZE = (120, 160)
QUIET = Lens(noise=0.0, blur_px=0.0)
FACEKIT = os.environ.get("VEILWARD_FACEKIT", "")
HELD = pytest.mark.skipif(not FACEKIT, reason="VEILWARD_FACEKIT names no folder of ICT FaceKit")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> FaceModel:
    return load_face_model(write_tiny(tmp_path_factory.mktemp("tiny")))


def picture(model: FaceModel, params: RenderParams) -> np.ndarray:
    return RenderStudio(model, params.identity, params.light, params.scene, SIZE).picture(params)


def plain(seed: int = 3, **changed: object) -> RenderParams:
    who = replace(Identity.from_seed(seed), hair_style="bald", glasses=False)
    return replace(RenderParams(who, stand=Stand(Pose(eyes_px=150.0, y=0.5)), lens=QUIET), **changed)  # type: ignore[arg-type]


def test_the_same_parameters_give_the_same_picture(model: FaceModel) -> None:
    params = RenderParams.random(Identity.from_seed(5), ActionUnits(au4=3), 8)
    once = picture(model, params)
    assert once.shape == (*SIZE, 3) and once.dtype == np.uint8 and once.std() > 5
    assert np.array_equal(once, picture(model, params))
    assert not np.array_equal(once, picture(model, replace(params, identity=Identity.from_seed(6))))


def test_action_units_move_the_face_and_nothing_else(model: FaceModel) -> None:
    calm = picture(model, plain())
    hurt = picture(model, still(plain(), ActionUnits(au4=5, au9=4, au43=1)))
    differs = (calm != hurt).any(2)
    assert 0.01 < differs.mean() < 0.6
    corner = np.s_[:20, :20]
    assert np.array_equal(calm[corner], hurt[corner])


def test_weights_grow_with_what_muscles_do_and_keep_their_caps() -> None:
    before = 0.0
    for intensity in range(6):
        weights = shape_weights(Movement.of(ActionUnits(au4=intensity)), 3, 1)
        found = weights["browDown_L"] + weights["browDown_R"]
        assert found > before or intensity == 0
        before = found
    whole = Movement.of(ActionUnits(au4=5, au6=5, au7=5, au9=5, au10=5, au43=1, au12=5.0, jaw=1.0, stretch=1.0))
    for who in range(30):
        weights = shape_weights(whole, who, who)
        for side in "LR":
            assert weights[f"noseSneer_{side}"] + weights[f"mouthUpperUp_{side}"] <= SNEER_AND_LIP + 1e-9
            assert weights[f"eyeBlink_{side}"] <= CLOSED
        assert all(-0.3 <= weight <= LARGEST for weight in weights.values())
    assert not any(shape_weights(Movement(), 1, 1).values())
    assert shape_weights(Movement(stretch=-1.0), 1, 1)["mouthPucker"] > 0


def test_a_pose_turns_the_head_as_it_says() -> None:
    """Yaw to the picture's right, pitch down, roll clockwise; the eyes stay where they are."""
    nose = (MIDDLE_CM + np.array((0, 0, 5))).astype(np.float32)[None]
    top = (MIDDLE_CM + np.array((0, 8, 0))).astype(np.float32)[None]

    def seen(point: np.ndarray, **turn: float) -> np.ndarray:
        stand = Stand(Pose(x=0.5, y=0.5, eyes_px=80.0, **turn), 100.0)
        return stand.projected(stand.placed(point), (480, 640))[0][0] - (320, 240)

    assert seen(nose, yaw=0.5)[0] > 15 and seen(nose, yaw=-0.5)[0] < -15
    assert seen(nose, pitch=0.5)[1] > 15 and seen(top)[1] < -80
    assert seen(top, roll=np.pi / 2)[0] > 80 and seen(top, roll=-np.pi / 2)[0] < -80
    for turn in ({"yaw": 1.2}, {"roll": 1.4}, {"pitch": -0.4}):
        assert np.allclose(seen(MIDDLE_CM[None], **turn), 0, atol=1e-3)


def test_light_hair_and_infrared_are_seen(model: FaceModel) -> None:
    left, right = (picture(model, plain(light=Light(azimuth=side, elevation=0.2, lamp=1.0, room=0.1)))
                   for side in (-1.1, 1.1))  # fmt: skip
    half = SIZE[1] // 2
    face = np.s_[30:80]
    assert left[face, half - 25 : half].mean() > left[face, half : half + 25].mean() + 10
    assert right[face, half : half + 25].mean() > right[face, half - 25 : half].mean() + 10
    night = picture(model, plain(light=Light.night_vision(np.random.default_rng(1))))
    assert np.array_equal(night[..., 0], night[..., 1])
    hairy = replace(plain().identity, hair_style="short", hair=(0.01, 0.01, 0.01))
    bald, grown = picture(model, plain()), picture(model, plain(identity=hairy))
    crown = np.s_[:25, half - 10 : half + 10]
    assert grown[crown].mean() < bald[crown].mean() - 20
    glasses = picture(model, plain(identity=replace(plain().identity, glasses=True)))
    assert (glasses != bald).any()


def test_nobody_is_found_in_a_plain_head(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_tiny(tmp_path / "kit")
    words = ["--facekit", str(tmp_path / "kit"), "--out", str(tmp_path / "out"), "--scale", "0.001", "--processes", "1"]
    assert main(words) == 2
    assert "no face was found" in capsys.readouterr().err
    assert main(["--facekit", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "wanted is a checkout of" in capsys.readouterr().err
    assert main(["--facekit", str(tmp_path / "kit"), "--sheet", str(tmp_path / "sheet.png")]) == 0
    assert (tmp_path / "sheet.png").stat().st_size > 10_000


@HELD
def test_the_room_finds_rendered_faces_and_lying_ones_upright() -> None:
    """With the real model: a person's pictures, labels exact, almost every face found."""
    held = load_face_model(Path(FACEKIT))
    found = [crop for seed in range(3) for crop in samples_of(held, seed)]
    assert len(found) >= 0.7 * 24 and {crop.units.level for crop in found} == {0, 1, 2, 3}
    shown = [one for one, _, _ in pictures_of(held, 1, range(4))]
    assert len(shown) == 4 and any(Detector().detect(one) for one in shown)
