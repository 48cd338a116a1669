"""./run train --inspect: a report for people, JSON for programs, errors that say what was looked for."""

import json
from pathlib import Path

import pytest

from training.commands.train import main
from training.datasets.licence import LICENCES
from training.datasets.manifest_file import read_manifest


def test_a_report_to_read(unbc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inspect", str(unbc)]) == 0
    text = capsys.readouterr().out
    for words in ("UNBC-McMaster", "as published", "empty FACS file", "no subject is in two parts", "3+",
                  "would be trained", "--accept-licence unbc-mcmaster", "may not be published"):  # fmt: skip
        assert words in text
    assert "SPLIT BY FRAME" not in text


def test_a_report_to_compute_with(unbc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--inspect", str(unbc), "--json", "--folds", "3", "--fold", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["subjects"], told["sequences"], told["samples"]) == (3, 6, 24)
    assert told["published"]["samples"] == 48398
    assert sum(told["labels"]["pspi"].values()) == 24 == sum(told["training"]["classes"].values())
    assert told["split"]["fold"] == 2 and told["split"]["shared_subjects"] == 0
    assert {part: row["subjects"] for part, row in told["split"]["parts"].items()} == {
        "train": 1, "validation": 1, "test": 1,
    }  # fmt: skip
    assert told["licences"][0]["publishable"] is False


def test_by_frame_is_stamped(unbc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "m.csv"
    words = ["--inspect", str(unbc), "--split-by-frame", "--manifest", str(path), "--accept-licence", "unbc-mcmaster"]
    assert main(words) == 0
    assert "SPLIT BY FRAME" in capsys.readouterr().out
    manifest = read_manifest(path)
    assert manifest.split_by == "frame" and "# split_by: frame" in path.read_text()
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["split"]["stamp"] == "frame" and "SPLIT BY FRAME" in told["split"]["warning"]
    assert told["split"]["shared_subjects"] == 3


def test_a_manifest_needs_the_licence_and_keeps_it(
    unbc: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "m.csv"
    assert main(["--inspect", str(unbc), "--manifest", str(path)]) == 2
    assert not path.exists()
    error = capsys.readouterr().err
    assert LICENCES["unbc-mcmaster"].terms[0] in error
    assert main(["--inspect", str(unbc), "--manifest", str(path), "--accept-licence", "unbc-mcmaster"]) == 0
    manifest = read_manifest(path)
    assert manifest.accepted == {"unbc-mcmaster": LICENCES["unbc-mcmaster"].digest}
    assert manifest.split_by == "subject" and len(manifest.samples) == 24 and manifest.scheme == "pspi4"


def test_an_unknown_folder_says_what_was_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "holiday").mkdir()
    assert main(["--inspect", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert str(tmp_path) in error and "Looked for" in error and "UNBC-McMaster" in error
    assert main(["--inspect", str(tmp_path / "none")]) == 2
    assert "no such folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--folds", "9"], "3 subjects cannot make 9 folds"),
        (["--every", "0"], "--every must be at least 1"),
        (["--test-subjects", "nobody"], "no such subjects: nobody"),
        (["--without-subjects", "nobody"], "no such subjects: nobody"),
        (["--split-by-frame", "--test-subjects", "ax200"], "--split-by-frame splits no subjects"),
        (["--validation-subjects", "ax200"], "--validation-subjects needs --test-subjects"),
        (["--subset", "secfepas", "--classes", "pspi7"], "subset secfepas is of classes pspi4"),
    ],
)
def test_wishes_that_do_not_fit(unbc: Path, capsys: pytest.CaptureFixture[str], words: list[str], what: str) -> None:
    assert main(["--inspect", str(unbc), *words]) == 2
    assert what in capsys.readouterr().err


def test_subjects_can_be_chosen(unbc: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--inspect", str(unbc), "--json", "--test-subjects", "ax200", "--without-subjects", "bx201"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["subjects"] == 2 and told["split"]["parts"]["test"]["subjects"] == 1


def test_a_command_or_a_folder_but_not_both(unbc: Path) -> None:
    for words in ([], ["--inspect", str(unbc), "default"]):
        with pytest.raises(SystemExit) as caught:
            main(words)
        assert caught.value.code == 2
