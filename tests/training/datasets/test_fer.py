"""FER2013 and FER+: tables and folders give the same pictures and emotions; equal pictures stay in one part."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.datasets.errors import LayoutError
from training.datasets.fer2013 import ORDERS
from training.datasets.ferplus import VOTED, vote
from training.datasets.imitation.fer import (
    DrawnRow,
    rows,
    votes_for,
    write_fer2013,
    write_fer2013_folders,
    write_ferplus,
    write_ferplus_folders,
)  # fmt: skip
from training.datasets.inspection import Inspection, Options, inspect
from training.datasets.layout import ReadingOptions
from training.datasets.manifest_file import write_manifest
from training.datasets.pictures import decoded
from training.datasets.unknown_subjects import name_of

PARTS = {"Training": "train", "PublicTest": "validation", "PrivateTest": "test"}
SWAPPED = "neutral-sad-surprise"


@pytest.fixture(scope="module")
def drawn() -> list[DrawnRow]:
    return rows()


def told(inspection: Inspection) -> dict[str, int]:
    return {notice.what: notice.count for notice in inspection.findings.all()}


def truth(drawn: list[DrawnRow]) -> set[tuple[str, str, str]]:
    return {(name_of(np.repeat(row.picture[..., None], 3, axis=2)), row.emotion, PARTS[row.use]) for row in drawn}


def seen(inspection: Inspection) -> set[tuple[str, str, str]]:
    return {(one.subject, one.label, one.split) for one in inspection.there}


def test_a_table_gives_its_pictures_and_parts(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, drawn)
    found = inspect(tmp_path, Options(all_pictures=True))
    assert seen(found) == truth(drawn) and found.plan.by == "given"
    assert found.sizes == {"48x48": 28}
    pictures = {sample.frame: picture for sample, picture in decoded(found.found.root, found.there)}
    assert all(np.array_equal(pictures[number][..., 0], row.picture) for number, row in enumerate(drawn))
    assert found.stamp == "picture"  # nobody knows the people: no promise about subjects


@pytest.mark.parametrize(
    ("delimiter", "encoding", "written"),
    [
        (";", "utf-8-sig", "with semicolons"),
        ("\t", "utf-8", "with tabs"),
        (",", "utf-16", "in UTF-16"),
        (";", "utf-16", "in UTF-16, with semicolons"),
        (",", "utf-16-le", "in UTF-16"),
        (";", "utf-16-be", "in UTF-16, with semicolons"),
    ],
)
def test_tables_as_spreadsheets_save_them(
    tmp_path: Path, drawn: list[DrawnRow], delimiter: str, encoding: str, written: str
) -> None:
    write_fer2013(tmp_path, drawn)
    (path,) = tmp_path.glob("*.csv")
    text = path.read_text().replace(",", delimiter).replace("pixels", "Pixels").replace("\n", "\r\n")
    path.write_bytes(text.encode(encoding))
    found = inspect(tmp_path, Options(all_pictures=True))
    assert seen(found) == truth(drawn)
    assert f"the CSV is written {written}" in found.found.variant
    pictures = {sample.frame: picture for sample, picture in decoded(found.found.root, found.there)}
    assert all(np.array_equal(pictures[number][..., 0], row.picture) for number, row in enumerate(drawn))


def with_lists(text: str) -> str:
    """Pixels as a list of Python, emotions as a table program makes them decimal."""
    text = re.sub(r"(?<![\d ])(\d+(?: \d+){2303})", lambda found: f'"[{found[1].replace(" ", ", ")}]"', text)
    return re.sub(r"^([0-6]),", r"\1.0,", text, flags=re.M)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "sep=;\r\n" + text.replace(",", ";"),
        lambda text: "\n \n" + text.replace("\n", "\n\n"),
        lambda text: text.replace("\n", "\r"),
        with_lists,
    ],
)
def test_tables_as_other_programs_write_them(
    tmp_path: Path, drawn: list[DrawnRow], change: Callable[[str], str]
) -> None:
    write_fer2013(tmp_path, drawn)
    (path,) = tmp_path.glob("*.csv")
    text = path.read_text()
    assert change(text) != text
    path.write_bytes(change(text).encode())
    assert seen(inspect(tmp_path, Options(all_pictures=True))) == truth(drawn)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"emotion,points\n0,Ada\n", "(seen: mine.csv, a CSV, but it has no column pixels)"),
        ("Gefühl,Bild\n0,Ada\n".encode("latin-1"), "(seen: mine.csv, a CSV, but it is neither UTF-8 nor UTF-16)"),
    ],
)
def test_a_table_that_is_not_understood_is_named_without_its_content(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "mine.csv").write_bytes(content)
    with pytest.raises(LayoutError) as caught:
        inspect(tmp_path, Options())
    assert says in str(caught.value)
    assert "Ada" not in str(caught.value) and "points" not in str(caught.value)


def test_folders_give_the_same(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013_folders(tmp_path, drawn)
    found = inspect(tmp_path, Options())
    assert seen(found) == truth(drawn) and found.found.variant == ("pictures in folders of emotions",)


def test_a_renamed_table(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, drawn, oddities=["renamed"])
    found = inspect(tmp_path, Options(all_pictures=True))
    assert seen(found) == truth(drawn) and found.found.variant == ("the CSV is icml_face_data.csv",)
    assert found.sizes == {"48x48": 28}


def test_rows_that_cannot_be_used_are_told(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, drawn, oddities=["short", "no-emotion", "leak"])
    found = inspect(tmp_path, Options())
    counts = told(found)
    assert counts["row without a picture"] == counts["row without an emotion 0..6"] == 1
    assert counts["picture of train that is in test too"] == 1
    assert seen(found) == truth(drawn)


def test_without_usage_equal_pictures_share_a_fold(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, [*drawn, *drawn[:5]], oddities=["no-usage"])
    found = inspect(tmp_path, Options())
    assert told(found)["equal pictures"] == 5 and found.plan.by == "subject"
    assert found.shared == [] and len(found.chosen) == 33


def many(counts: dict[str, int]) -> list[DrawnRow]:
    """Rows of noise: quick, and all different."""
    rng = np.random.default_rng(5)
    names = [name for name, count in counts.items() for _ in range(count)]
    return [DrawnRow(name, "Training", rng.integers(0, 256, (48, 48)).astype(np.uint8)) for name in names]


COUNTS = {"angry": 69, "disgust": 8, "fear": 71, "happy": 125, "sad": 84, "surprise": 56, "neutral": 87}
"""The published set's shares."""


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_of_emotions_is_told_by_counts(tmp_path: Path, order: str) -> None:
    write_fer2013(tmp_path, many(COUNTS | {"happy": 150}), order)
    found = inspect(tmp_path, Options())
    assert found.label_counts["emotion"] == COUNTS | {"happy": 150}
    assert any(SWAPPED in what for what in told(found)) == (order == SWAPPED)


def test_the_order_can_be_said(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, drawn, SWAPPED)
    wrong, right = (
        inspect(tmp_path, Options()),
        inspect(tmp_path, Options(ReadingOptions(emotions=SWAPPED))),
    )
    assert any("cannot be told by counts" in what for what in told(wrong))
    assert seen(right) == truth(drawn) != seen(wrong)
    assert told(right) == {}


def test_votes() -> None:
    assert vote(votes_for("happy")) == "happy"
    assert vote([1] * 10) is None  # ten slips
    assert vote([5, 5, 0, 0, 0, 0, 0, 0, 0, 0]) is None
    assert vote([5, 4, 1, 0, 0, 0, 0, 0, 0, 0]) == "neutral"  # the slip does not count
    assert vote([0] * 9 + [10]) == VOTED[-1]
    for wrong in ([1] * 9, [-1] + [1] * 9):
        with pytest.raises(ValueError, match="ten counts"):
            vote(wrong)


@pytest.mark.parametrize("write", [write_ferplus, write_ferplus_folders])
def test_the_majority_of_votes(tmp_path: Path, drawn: list[DrawnRow], write: type) -> None:
    write(tmp_path, drawn, ["no-face", "split"])
    found = inspect(tmp_path, Options(all_pictures=True))
    assert found.layout.name == "ferplus" and found.scheme.name == "emotion8"
    assert seen(found) == truth(drawn[2:])
    counts = told(found)
    assert counts["picture that most call no face"] == counts["picture on which no majority agrees"] == 1
    assert found.sizes == {"48x48": 26}


def test_pictures_without_votes_are_told(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_ferplus_folders(tmp_path, drawn, ["unlisted"])
    (tmp_path / "data" / "FER2013Test" / "fer0000021.png").unlink()
    counts = told(inspect(tmp_path, Options()))
    assert counts == {"picture without votes": 1, "labels without a picture": 1}


def test_votes_of_another_table_are_refused(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_ferplus(tmp_path / "a", drawn, ["longer"])
    with pytest.raises(LayoutError, match="not as many rows"):
        inspect(tmp_path / "a", Options())
    write_ferplus(tmp_path / "b", drawn)
    write_fer2013(tmp_path / "b", [replace(drawn[0], use="PrivateTest"), *drawn[1:]])
    with pytest.raises(LayoutError, match="another Usage"):
        inspect(tmp_path / "b", Options())
    (tmp_path / "b" / "fer2013.csv").unlink()
    with pytest.raises(LayoutError, match=r"fer2013\.csv"):
        inspect(tmp_path / "b", Options())


def test_a_manifest_of_unknown_people_promises_no_more(tmp_path: Path, drawn: list[DrawnRow]) -> None:
    write_fer2013(tmp_path, drawn)
    write_manifest(inspect(tmp_path, Options()).manifest({}), tmp_path / "manifest.csv")
    found = inspect(tmp_path, Options())
    assert found.layout.name == "listed" and found.stamp == "picture" and found.anonymous
    assert seen(found) == truth(drawn)
