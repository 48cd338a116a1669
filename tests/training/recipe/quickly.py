"""Recipes, run quickly on what the real command prepared."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from training.commands.train import main

Prepared = Callable[[str], Path]
QUICK = ["--threads", "1", "--device", "cpu", "--draws", "10"]


def train(recipe: str, out: Path, *words: object) -> int:
    """`./run train RECIPE`, quickly. Its exit status."""
    return main([recipe, "--out", str(out), *QUICK, *map(str, words)])
