"""A recipe's run becomes a bundle with a card, of emotions as well as of levels."""

from __future__ import annotations

from pathlib import Path

from snni.model.bundle import Bundle
from tests.training.recipe.quickly import Prepared, train
from training.commands.compile import main as compile_main
from training.commands.evaluate import main as evaluate


def test_a_network_of_emotions_has_a_card(prepared: Prepared, tmp_path: Path) -> None:
    """Its report has no errors of a size, and nothing of pain; the card was to have both."""
    run, out = tmp_path / "run", tmp_path / "bundle"
    words = ("--data", f"fer2013={prepared('fer2013')}", "--data", f"ravdess={prepared('ravdess')}", "--epochs", 1)
    assert train("ppvc", run, *words) == 0
    assert compile_main(["--run", str(run), "--private", "--min-agreement", "0", "--out", str(out)]) == 0
    first = Bundle.load(out).card
    assert "| everybody | 2 | 12 | 0." in first and "finds pain" not in first and "mean error" not in first
    asked = ("--bundle", out, "--prepared", prepared("ravdess"), "--card", "--draws", 3, "--out", tmp_path / "report")
    assert evaluate([*map(str, asked)]) == 0
    second = Bundle.load(out).card
    assert "the integers of bundle on ravdess, test: 12 crops of 2 people" in second
    assert second.count("## By group") == 1 and second.count("Expected calibration error") == 1
