"""Manifests survive writing and reading; whatever is wrong with one is told with its file and line."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.datasets import listed
from training.datasets.errors import ManifestError
from training.datasets.labels import VALUES
from training.datasets.licence import LICENCES
from training.datasets.manifest import COLUMNS, PARTS, Manifest, Sample, problems_of
from training.datasets.manifest_file import read_manifest, write_manifest

ROW = Sample("a", "s1", "q1", 3, "pictures/a.png", "2", "pspi", "own", "train", "0" * 64)
HEADER = ",".join(COLUMNS)

words = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
kinds = st.sampled_from(sorted(VALUES))


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    kind = draw(kinds)
    path = draw(words).replace("\\", "_").replace("..", "_").replace("/", "_")
    return Sample(draw(words), draw(words), draw(words), draw(st.integers(0, 10**6)), path,
                  draw(st.sampled_from(VALUES[kind])), kind, draw(st.sampled_from(sorted(LICENCES))),
                  draw(st.sampled_from(["", *PARTS])), draw(st.sampled_from(["", "ab" * 32])))  # fmt: skip


@given(st.lists(samples(), min_size=1, max_size=5, unique_by=lambda sample: sample.sample_id))
def test_written_and_read_is_the_same(tmp_path_factory: pytest.TempPathFactory, rows: list[Sample]) -> None:
    path = tmp_path_factory.mktemp("manifest") / "m.csv"
    manifest = Manifest(tuple(rows), "delaware", "by hand; as it came", "frame", "pspi4", {"own": "ab" * 32})
    write_manifest(manifest, path)
    assert read_manifest(path) == manifest


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_manifest_by_hand_needs_five_columns(tmp_path: Path) -> None:
    text = "\ufeffsubject,path,label_kind,label,licence\r\nanna,a/1.png,pain2,1,own\r\nbert,b/1.png,pain2,0,own\r\n"
    manifest = read_manifest(written(tmp_path / "m.csv", text))
    assert [one.sample_id for one in manifest.samples] == ["a/1.png", "b/1.png"]
    assert manifest.split_by == "none" and manifest.samples[0].sequence == "1"


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"label": "17"}, "label '17' is not of kind pspi"),
        ({"label": "1.5"}, "label '1.5'"),
        ({"label_kind": "joy"}, "label_kind 'joy'"),
        ({"licence": "none"}, "licence 'none'"),
        ({"split": "all"}, "split 'all'"),
        ({"frame": -1}, "frame -1 is below 0"),
        ({"subject": " "}, "subject is empty"),
        ({"checksum": "AB" * 32}, "checksum"),
        ({"path": "/etc/passwd"}, "must be relative"),
        ({"path": "a/../../b.png"}, "must be relative"),
        ({"path": "a\\b.png"}, "must be relative"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(tmp_path: Path, change: dict, what: str) -> None:
    path = tmp_path / "m.csv"
    write_manifest(Manifest((ROW, replace(ROW, sample_id="b", **change))), path)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert f"{path}:9: " in str(caught.value) and what in str(caught.value)
    assert problems_of(ROW) == [] and len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (HEADER + "\n", 1, "no rows"),
        ("", 0, "no header"),
        ("# dataset: x\n", 1, "no header"),
        ("# hello\n" + HEADER, 1, "`# name: value`"),
        ("# veilward-manifest: 2\n" + HEADER, 1, "version 2"),
        ("# split_by: luck\n" + HEADER, 1, "split_by"),
        ("path,subject\na,b", 1, "missing: label, label_kind, licence"),
        (HEADER + ",mood\n", 1, "mood"),
        (HEADER + "\na,b,c\n", 2, "3 values for 10 columns"),
        (HEADER + "\na,s,q,one,p.png,2,pspi,own,,\n", 2, "frame 'one'"),
        (HEADER + "\na,s,q,1,p.png,2,pspi,own,,\n\n\na,s,q,2,p.png,2,pspi,own,,\n", 5, "also on line 2"),
        (HEADER + '\na,"s,q,1,p.png,2,pspi,own,,\n', 2, "unexpected end"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, text: str, line: int, what: str) -> None:
    path = written(tmp_path / "m.csv", text)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert f"{path}:{line}: " in str(caught.value) and what in str(caught.value)


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    write_manifest(Manifest(tuple(replace(ROW, sample_id=str(number), label="99") for number in range(30))), path)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert len(caught.value.problems) == 30 and "and 10 more" in str(caught.value)


def test_a_subject_in_two_parts_breaks_a_split_by_subject_only(tmp_path: Path) -> None:
    rows = (ROW, replace(ROW, sample_id="b", split="test"))
    path = tmp_path / "m.csv"
    write_manifest(Manifest(rows, split_by="subject"), path)
    with pytest.raises(ManifestError, match="in two parts: s1"):
        read_manifest(path)
    write_manifest(Manifest(rows, split_by="frame"), path)
    assert read_manifest(path).split_by == "frame"


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "none.csv")
    for content, encoding in ((b"path,\xff", "UTF-8"), (b"\xff\xfe\x00", "UTF-16")):
        (tmp_path / "m.csv").write_bytes(content)
        with pytest.raises(ManifestError, match=f"not {encoding}"):
            read_manifest(tmp_path / "m.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_manifests_as_spreadsheets_save_them(tmp_path: Path, delimiter: str, encoding: str, newline: str) -> None:
    rows = ["", f"sep={delimiter}", "Path,Subject,LABEL,label_kind,licence", "ä.png,s1,2,pspi,own", ",,,,", ""]
    text = newline.join(row.replace(",", delimiter) for row in rows) + newline
    path = tmp_path / "manifest.csv"
    path.write_bytes(text.encode(encoding))
    (sample,) = read_manifest(path).samples
    assert (sample.path, sample.subject, sample.label) == ("ä.png", "s1", "2")
    assert listed.probe(tmp_path) is not None
    assert listed.probe(path) is not None
