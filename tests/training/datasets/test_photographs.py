"""A folder of one's own photographs without labels: prepared under terms that are kept beside it, split by person."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from training.commands.train import main
from training.datasets.crop_set import CropSet
from training.datasets.errors import DatasetError
from training.datasets.imitation.clip import write_clip
from training.datasets.imitation.photographs import write_photographs
from training.datasets.imitation.subject import drawn_subject
from training.datasets.inspection import Options, inspect
from training.datasets.layout import ReadingOptions
from training.datasets.licence import LICENCES
from training.datasets.manifest import PARTS
from training.datasets.manifest_file import read_manifest
from training.datasets.splits import SplitPlan
from training.synth.units import ActionUnits


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("photographs")
    write_photographs(root, people=3, each=2)
    (root / "person 0" / "notes.txt").write_text("x")
    (root / "stray.jpg").write_bytes(b"x")
    (root / "person 1" / "spoilt.png").write_bytes(b"x")
    return root


@pytest.fixture(scope="module")
def prepared(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("prepared")
    words = ["prepare", str(folder), "--photographs", "home", "--accept-licence", "home", "--out", str(out)]
    assert main(words) == 0
    return out


def test_people_are_apart_and_the_terms_lie_beside_them(prepared: Path) -> None:
    parts = {part: CropSet.load(prepared, part, labelled=False) for part in PARTS}
    people = [{one.subject for one in part.samples} for part in parts.values()]
    assert [len(one) for one in people] == [1, 1, 1] and len(set.union(*people)) == 3
    assert all(part.crop(0).shape == (224, 224, 3) for part in parts.values())
    manifest = read_manifest(prepared / "manifest.csv")
    assert manifest.accepted == {"home": LICENCES["home"].digest} and manifest.scheme == "unlabelled"
    assert {one.licence for one in manifest.samples} == {"home"} and {one.label for one in manifest.samples} == {""}
    kept = (prepared / "licence.txt").read_text()
    assert all(term in kept for term in LICENCES["home"].terms)
    told = json.loads((prepared / "report.json").read_text())
    found = {one["what"]: one["count"] for one in told["irregularities"]}
    assert found == {
        "file beside the folders of people": 1,
        "file that is neither picture nor recording": 1,
        "picture that cannot be decoded": 1,
    }


def test_nothing_is_read_before_the_terms_are_accepted(folder: Path, tmp_path: Path,
                                                       capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    words = ["prepare", str(folder), "--photographs", "own", "--accept-licence", "home", "--out", str(tmp_path / "out")]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert LICENCES["own"].terms[0] in error and "--accept-licence own" in error
    assert not (tmp_path / "out").exists()


def test_few_people_are_split_by_picture(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "person 0", tmp_path / "one")
    shutil.copyfile(folder / "person 2" / "000.jpg", tmp_path / "again.jpg")
    shutil.copyfile(folder / "person 2" / "000.jpg", tmp_path / "again too.jpg")
    found = inspect(tmp_path, Options(photographs="home"))
    assert found.anonymous and found.stamp == "picture" and len(found.chosen) == 4
    same = [one.subject for one in found.chosen if one.path.startswith("again")]
    assert len(same) == 2 and len(set(same)) == 1
    assert {one.split for one in found.chosen} == set(PARTS)


def test_a_recording_gives_a_frame_a_second(tmp_path: Path) -> None:
    (tmp_path / "anna").mkdir()
    picture = drawn_subject(0, (64, 64)).picture(ActionUnits())
    write_clip(tmp_path / "anna" / "morning.mp4", [picture], hold=60, rate=25)
    for every, frames in ((None, [0, 25, 50]), (40, [0, 40])):
        found = inspect(tmp_path, Options(ReadingOptions(every=every), photographs="home", plan=SplitPlan("frame", 3)))
        assert [one.frame for one in found.there] == frames
        assert {one.subject for one in found.there} == {"anna/morning.mp4"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--photographs", "home", "--classes", "pspi4"], "--photographs have no labels"),
        ([], "is not a data set that is known"),
    ],
)
def test_what_does_not_fit(words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inspect", str(folder), *words]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_photographs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "anna").mkdir()
    for root, said in ((tmp_path, "holds no photographs. Looked for"), (tmp_path / "none", "no such folder")):
        assert main(["--inspect", str(root), "--photographs", "home"]) == 2
        assert said in capsys.readouterr().err


def test_what_needs_labels_refuses_them(prepared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(DatasetError, match=r"has no labels: \./run train adapt takes it"):
        CropSet.load(prepared, "train")
    assert main(["secfepas_squeezenet", "--data", str(prepared), "--out", str(tmp_path / "run")]) == 2
    assert "has no labels" in capsys.readouterr().err
