"""The engine's pages name files, folders and modules that are there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("snni/DESIGN.md", "snni/ONE_RELU.md", "snni/multiparty/DESIGN.md", "snni/native/README.md")
BASES = (
    "",
    "snni",
    "snni/twoparty",
    "snni/multiparty",
    "snni/twoparty/nonlinear",
    "snni/native",
    *(f"snni/native/{part}" for part in ("aes", "twoparty/linear")),
)
FILE = re.compile(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|md|h|cpp|toml))`|`((?:[\w-]+/)+)`")
LINK = re.compile(r"\]\(([^)#\s]+)\)")
MADE = ("build/",)


@pytest.mark.parametrize("page", PAGES)
def test_paths_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    named = [file or folder for file, folder in FILE.findall(text)]
    assert len(named) > 3
    for name in named:
        found = any((ROOT / base / name).exists() for base in BASES)
        assert found or name.startswith(MADE) or name in ("float.pt2", "card.md"), name


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in LINK.findall((ROOT / page).read_text()):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_modules_are_there(page: str) -> None:
    for dotted in re.findall(r"`(snni(?:\.\w+)+)`", (ROOT / page).read_text()):
        try:
            importlib.import_module(dotted)
        except ModuleNotFoundError:
            module, _, name = dotted.rpartition(".")
            assert hasattr(importlib.import_module(module), name), dotted
