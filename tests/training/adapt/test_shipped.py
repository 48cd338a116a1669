"""The whole way with the network that ships: photographs (of drawn people) prepared, adapted to, compiled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from snni.model.bundle import Bundle
from training.commands.compile import main as compile_main
from training.commands.train import main
from training.datasets.imitation.photographs import write_photographs

LICENCE = ("--photographs", "home", "--accept-licence", "home")


@pytest.mark.heavy
def test_from_a_folder_of_photographs_to_a_bundle_of_this_home(tmp_path: Path) -> None:
    write_photographs(tmp_path / "photographs", people=6, each=12)
    prepared, run, bundle = (tmp_path / name for name in ("prepared", "run", "bundle"))
    assert main(["prepare", str(tmp_path / "photographs"), *LICENCE, "--out", str(prepared)]) == 0
    words = ["--photographs", prepared, "--data", tmp_path / "data", "--out", run, "--epochs", 2, "--threads", 2]
    assert main(["adapt", *map(str, words)]) == 0
    told = json.loads((run / "adapt.json").read_text())
    assert told["start"] == "expression-real" and told["learns"] == ["dense3.", "first."]
    drawn = told["drawn"]
    assert drawn["after"]["pain_found"] >= drawn["before"]["pain_found"] - 0.05
    assert told["room"] < 2  # what the compiler leaves room for
    assert compile_main(["--run", str(run), "--private", "--out", str(bundle)]) == 0
    made = Bundle.load(bundle)
    assert made.plan.crop_format == "224x224x3-close"
    assert "adapted to one home" in made.card and "face-api, face_classification, home" in made.card
    assert (bundle / "NOTICE").read_bytes() == Path("models/expression-real/NOTICE").read_bytes()
