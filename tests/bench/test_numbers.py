"""Numbers that make no sense are refused before anything is made ready, by every command that measures."""

from __future__ import annotations

import importlib

import pytest

from localsite.ranges import positive, real, whole

SENSELESS = (
    ("capacity", "--period", "nan"), ("faces", "--people", "0"), ("home", "--cameras", "0"),
    ("home", "--compress", "0"), ("keyframe", "--kbps", "0"), ("parties", "--runs", "0"), ("peers", "--runs", "few"),
    ("snni", "--frames", "0"), ("snni", "--threads", "65"), ("video", "--runs", "-1"), ("ward", "--pain", "2"),
    ("ward", "--seconds", "inf"),
)  # fmt: skip


@pytest.mark.parametrize("words", SENSELESS, ids=" ".join)
def test_a_measurement_takes_no_senseless_number(words: tuple[str, str, str], capsys) -> None:
    command, option, text = words
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"bench.{command}").main([option, text])
    assert ended.value.code == 2
    assert f"argument {option}: {text}: a" in capsys.readouterr().err


def test_every_ward_that_is_measured_has_a_camera(tmp_path, capsys) -> None:
    with pytest.raises(SystemExit):
        importlib.import_module("bench.ward").main(["--cameras", "9", "--json", str(tmp_path / "ward.json")])
    assert "each of 10 wards has one at least" in capsys.readouterr().err


def test_what_makes_sense_is_taken() -> None:
    assert (whole(1)("1"), whole(0, 3)("3"), positive("0.5"), real(0)("0"), real(0, 1)("1")) == (1, 3, 0.5, 0.0, 1.0)
