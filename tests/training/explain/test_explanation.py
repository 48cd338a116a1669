"""The whole command: pictures, figures and a page; and that faces of real people are not shown by themselves."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.evaluation.well_formed import parsed
from training.commands import explain as command
from training.explain.maps import REGIONS
from training.explain.picture import as_rgb, hidden, overlay, png

BUNDLE = Path(__file__).parents[3] / "models" / "squeezenet-synthetic"


def run(folder: Path, *words: str) -> dict:
    """With a grid of four, which is coarse and quick."""
    assert command.main(["--bundle", str(BUNDLE), "--out", str(folder), "--grid", "4", *words]) == 0
    return json.loads((folder / "explain.json").read_text())


def test_drawn_faces_are_explained(tmp_path: Path) -> None:
    result = run(tmp_path, "--faces", "1", "--people", "1")
    assert result["drawn"] and len(result["maps"]) >= 3
    assert np.array(result["maps"][0]["occlusion"]).shape == (4, 4)
    for shares in result["regions"].values():
        assert list(shares) == list(REGIONS) and sum(shares.values()) == pytest.approx(1)
    assert len(result["units"]["units"]) == 10
    found = parsed((tmp_path / "explain.html").read_text())
    assert found.text[0].startswith("This report is about drawn faces")
    assert found.loaded and all(one.startswith("data:image/png;base64,") for one in found.loaded)
    picture = cv2.imread(str(tmp_path / "map-00.png"))
    assert picture.shape == (224, 672, 3) and picture[:, :224].std() > 20


def test_faces_of_real_people_are_left_out_unless_asked_for(tmp_path: Path) -> None:
    crops = np.random.default_rng(1).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    np.save(tmp_path / "crops.npy", crops)
    words = ("--crops", str(tmp_path / "crops.npy"), "--people", "0")
    result = run(tmp_path / "hidden", *words)
    assert not result["drawn"] and not result["faces_shown"] and result["units"] is None
    assert "--show-faces" in (tmp_path / "hidden" / "explain.html").read_text()
    assert cv2.imread(str(tmp_path / "hidden" / "map-00.png"))[:, :224].std() == 0
    run(tmp_path / "shown", *words, "--show-faces")
    assert cv2.imread(str(tmp_path / "shown" / "map-00.png"))[:, :224].std() > 20


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ([], "name a network"),
        (["--bundle", "nowhere"], "float.pt2"),
        (["--bundle", str(BUNDLE), "--crops", "nowhere.npy"], "nowhere.npy"),
        (["--bundle", str(BUNDLE), "--faces", "0"], "at least one"),
        (["--weights", "nowhere.pt"], "no such file"),
        (["--bundle", str(BUNDLE), "--faces", "1", "--grid", "500"], "--grid 500"),
    ],
)
def test_errors_are_one_clear_line(words: list[str], error: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(words) == 2
    said = capsys.readouterr().err
    assert error in said and said.count("\n") == 1


def test_what_speaks_for_pain_is_red_and_against_it_blue() -> None:
    found = np.array([[1.0, 0.0], [0.0, -1.0]])
    image = overlay(hidden(), found, 1.0, blocks=True).astype(int)
    red, _, blue = image[10, 10]
    assert red > blue + 60
    red, _, blue = image[-10, -10]
    assert blue > red + 60
    assert (image[10, -10] == 128).all()
    assert np.array_equal(overlay(hidden(), 5 * found, 1.0, blocks=True), image)


def test_pictures_are_pngs_of_the_usual_size() -> None:
    grey = as_rgb(np.full((1, 48, 48), 7, np.uint8))
    assert grey.shape == (224, 224, 3) and (grey == 7).all()
    data = np.frombuffer(png(grey), np.uint8)
    assert (cv2.imdecode(data, cv2.IMREAD_COLOR) == 7).all()
