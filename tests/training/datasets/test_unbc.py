"""UNBC-McMaster: every frame with its PSPI from either kind of file, in every variant; what is odd is told."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from training.datasets.errors import DatasetError, LayoutError
from training.datasets.facs import pspi_of, units_of
from training.datasets.imitation.unbc import Shape, facs_text, sequence_name, subject_folder, units_at, write_unbc
from training.datasets.inspection import Inspection, Options, inspect
from training.datasets.layout import ReadingOptions
from training.synth.units import ActionUnits

ONE = Shape(subjects=3, sequences=1, frames=6)
TRUTH = {
    f"unbc-mcmaster/{sequence_name(number, sequence)}/{frame:05d}": units_at(number, sequence, frame).pspi
    for number in range(3)
    for sequence in range(2)
    for frame in range(1, 5)
}


def told(inspection: Inspection) -> dict[str, int]:
    return {notice.what: notice.count for notice in inspection.findings.all()}


def look(root: Path, labels: str = "pspi") -> Inspection:
    return inspect(root, Options(ReadingOptions(labels=labels), all_pictures=True))


@pytest.mark.parametrize("labels", ["pspi", "facs"])
def test_every_frame_has_the_pspi_that_was_drawn(unbc: Path, labels: str) -> None:
    found = look(unbc, labels)
    assert found.layout.name == "unbc-mcmaster" and found.found.variant == ()
    assert {sample.sample_id: int(sample.label) for sample in found.there} == TRUTH
    assert {sample.subject for sample in found.there} == {subject_folder(n).split("-")[1] for n in range(3)}
    assert all((unbc / sample.path).is_file() for sample in found.there)
    assert found.sizes == {"320x240": 24}
    assert set(told(found)) == {"empty FACS file: no action unit, so PSPI 0"}


@pytest.mark.parametrize("oddities", [["nested"], ["upper"], ["nested", "upper", "jpg"], ["small"]])
def test_variants_hold_the_same(tmp_path: Path, oddities: list[str]) -> None:
    write_unbc(tmp_path / "copy", Shape(3, 1, 4), oddities)
    for root in (tmp_path / "copy", tmp_path):  # a root inside a root
        found = look(root)
        assert {one.sample_id: int(one.label) for one in found.there} == {
            name: value for name, value in TRUTH.items() if "aaaff" in name
        }
        nested, upper = "nested" in oddities, "upper" in oddities
        assert bool(found.found.variant) == (nested or upper or root == tmp_path)
        assert found.sizes == ({"112x96": 12} if "small" in oddities else {"320x240": 12})


def test_only_one_kind_of_label(tmp_path: Path) -> None:
    write_unbc(tmp_path / "a", Shape(3, 1, 4), ["no-pspi"])
    write_unbc(tmp_path / "b", Shape(3, 1, 4), ["no-facs"])
    both = [look(tmp_path / name) for name in "ab"]
    assert both[0].label_counts == both[1].label_counts
    assert both[0].found.variant == ("no PSPI files",) and both[1].found.variant == ("no FACS files",)
    with pytest.raises(LayoutError, match="Frame_Labels/FACS"):
        look(tmp_path / "b", "facs")


def test_pictures_alone_are_refused(tmp_path: Path) -> None:
    write_unbc(tmp_path, Shape(1, 1, 1), ["no-pspi", "no-facs"])
    with pytest.raises(LayoutError, match="without labels"):
        look(tmp_path)


def test_what_is_odd_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    odd = ["black", "no-label", "no-picture", "broken", "disagree", "litter", "misnamed", "empty-file"]
    write_unbc(tmp_path, ONE, odd)
    found = look(tmp_path)
    counts = told(found)
    assert counts["black frame"] == 1
    assert counts["picture without a label"] == 1
    assert counts["labels without a picture"] == 1
    assert counts["PSPI file that cannot be used"] == 1
    assert counts["PSPI file and action units disagree"] == 1
    assert counts["picture that cannot be decoded"] == 1
    assert counts["sequence named after another subject than its folder"] == 1
    assert counts["folder that is not named like a subject"] == 1
    name = sequence_name(0, 0)
    frames = {one.frame for one in found.chosen if one.sequence == name}
    assert frames == {5, 6}  # 1 empty, 2 black, 3 without labels, 4 without a picture; 5 scored from action units
    labels = {one.frame: int(one.label) for one in found.chosen if one.sequence == name}
    assert labels == {5: units_at(0, 0, 5).pspi, 6: units_at(0, 0, 6).pspi + 5}
    assert len(found.chosen) == 2 + 2 * 6
    by_facs = {one.frame: int(one.label) for one in look(tmp_path, "facs").chosen if one.sequence == name}
    assert by_facs[6] == units_at(0, 0, 6).pspi


def test_a_sequence_without_its_labels_is_left_out(unbc: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unbc, copy)
    inner = Path(subject_folder(1)) / sequence_name(1, 1)
    for kind in ("PSPI", "FACS"):
        shutil.rmtree(copy / "Frame_Labels" / kind / inner)
    found = look(copy)
    assert told(found)["sequence without labels"] == 1
    assert len(found.there) == 20


def test_the_secfepas_subset_takes_every_frame_of_rare_classes(unbc: Path) -> None:
    found = inspect(unbc, Options(subset="secfepas"))
    wanted = Counter(min(value, 3) for value in TRUTH.values())
    assert found.class_counts() == [wanted[level] for level in range(4)]
    short = [what for what in told(found) if what.startswith("class ")]
    assert len(short) == 4 and "2909" in short[1]


def test_seven_classes(unbc: Path) -> None:
    found = inspect(unbc, Options(scheme="pspi7"))
    limits = (0, 2, 4, 6, 9, 12, 16)
    wanted = Counter(next(index for index, top in enumerate(limits) if value <= top) for value in TRUTH.values())
    assert found.class_counts() == [wanted[level] for level in range(7)]


def test_classes_of_another_kind_are_refused(unbc: Path) -> None:
    with pytest.raises(DatasetError, match="pspi4"):
        inspect(unbc, Options(scheme="emotion7"))


def test_score_of_action_units(tmp_path: Path) -> None:
    path = tmp_path / "x_facs.txt"
    path.write_text("")
    assert units_of(path) == {} and pspi_of({}) == 0
    path.write_text(facs_text(ActionUnits(au4=5, au6=2, au7=4, au9=1, au10=5, au43=1)))
    assert pspi_of(units_of(path)) == 5 + 4 + 5 + 1
    path.write_text("43 0 0 0\n12 5 0 0\n25 3 0 0\n")
    assert pspi_of(units_of(path)) == 1


@pytest.mark.parametrize("text", ["4 six 0 0", "4", "4 6 0 0", "99 1 0 0", "4 1 0 0\n4 2 0 0", "4 -1 0 0", "4 nan 0 0"])
def test_spoilt_action_units_name_their_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x_facs.txt"
    path.write_text("\n" + text)
    with pytest.raises(ValueError, match=r"line [23]"):
        units_of(path)


def test_names_that_differ_in_case_only_are_told(unbc: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unbc, copy)
    folder = copy / "Images" / subject_folder(0) / sequence_name(0, 0)
    first = sorted(folder.iterdir())[0]
    shutil.copy(first, first.with_suffix(".PNG"))
    found = look(copy)
    assert told(found)["names that differ in case only: the first is used"] == 1
    assert len(found.there) == 24
