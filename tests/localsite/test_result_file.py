"""A command of minutes knows at its beginning whether it can write what it finds."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import pytest

from bench import capacity, home, parties, peers, snni, video, ward
from localsite import classify, infer

PARSERS = [one.parser for one in (capacity, home, parties, peers, snni, video, ward)]
COMMANDS = {
    "infer": (infer.main, ("--bundle", "models/expression-real", "--input", "images.npy")),
    "classify": (classify.main, ("--bundle", "models/expression-real", "--video", "video.mp4")),
}


@pytest.mark.parametrize("parser", PARSERS, ids=lambda one: one.__module__)
def test_a_folder_that_is_not_there_is_made_before_anything_is_measured(
    parser: Callable[[], ArgumentParser], tmp_path: Path
) -> None:
    wanted = tmp_path / "runs" / "deep" / "found.json"
    assert parser().parse_args(["--json", str(wanted)]).json == wanted
    wanted.write_text("{}")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_that_cannot_be_written_is_refused_at_once(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main, options = COMMANDS[name]
    (tmp_path / "file").write_text("")
    for wrong, why in ((tmp_path, "is a folder"), (tmp_path / "file" / "found.json", "file: ")):
        with pytest.raises(SystemExit) as refused:
            main([*options, "--json", str(wrong)])
        said = capsys.readouterr().err
        assert refused.value.code == 2 and "--json" in said and why in said
