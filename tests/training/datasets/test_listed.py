"""Any set by a manifest: what it says is taken, what is not there is told, and its split is checked."""

from pathlib import Path

import pytest

from training.datasets.catalogue import recognise
from training.datasets.errors import LayoutError, ManifestError, SplitError
from training.datasets.imitation.listed import write_listed
from training.datasets.inspection import Options, inspect
from training.datasets.splits import SplitPlan


def test_a_folder_or_its_manifest(tmp_path: Path) -> None:
    write_listed(tmp_path)
    for root in (tmp_path, tmp_path / "manifest.csv"):
        found = inspect(root, Options())
        assert found.class_counts() == [3, 3] and found.scheme.name == "pain2"
        assert found.licences == ["delaware"] and found.sizes == {"256x320": 6}


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    write_listed(tmp_path)
    (tmp_path / "stills" / "000.png").unlink()
    (tmp_path / "stills" / "003.png").unlink()
    (tmp_path / "stills" / "003.png").symlink_to("/etc/hostname")
    counts = {
        notice.what: notice.count for notice in inspect(tmp_path, Options(plan=SplitPlan("frame", 3))).findings.all()
    }
    assert counts == {"row whose file is not there": 1, "row whose file is a link out of the folder": 1}


def split_by(root: Path, stamp: str) -> None:
    """A manifest whose first subject is in two parts."""
    write_listed(root)
    lines = (root / "manifest.csv").read_text().splitlines()
    parts = ["split", "train", "test", "train", "train", "test", "test"]
    text = "\n".join(f"{line.strip()},{part}" for line, part in zip(lines, parts, strict=True))
    (root / "manifest.csv").write_text(f"# split_by: {stamp}\n{text}\n")


def test_a_given_split_that_shares_people_is_refused(tmp_path: Path) -> None:
    split_by(tmp_path / "a", "subject")
    with pytest.raises(ManifestError, match="person 0"):
        inspect(tmp_path / "a", Options())
    split_by(tmp_path / "b", "frame")
    with pytest.raises(SplitError, match="--split-by-frame accepts"):
        inspect(tmp_path / "b", Options())
    assert inspect(tmp_path / "b", Options(plan=SplitPlan("subject", 3))).shared == []


def test_a_bad_row_names_file_and_line(tmp_path: Path) -> None:
    write_listed(tmp_path)
    path = tmp_path / "manifest.csv"
    path.write_text(path.read_text().replace("pain2,delaware", "pain9,delaware", 1))
    with pytest.raises(ManifestError, match=r"manifest\.csv:2: label_kind 'pain9'"):
        inspect(tmp_path, Options())


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello\n")
    with pytest.raises(LayoutError, match="is a file, but not a manifest"):
        recognise(tmp_path / "notes.txt")


def test_two_sets_in_one_folder_are_refused(tmp_path: Path) -> None:
    from training.datasets.imitation.biovid import write_biovid
    from training.datasets.imitation.ravdess import write_ravdess

    write_biovid(tmp_path, subjects=1)
    write_ravdess(tmp_path, (1,), ("01",))
    with pytest.raises(LayoutError, match=r"more than one data set(.|\n)*RAVDESS(.|\n)*BioVid"):
        recognise(tmp_path)
