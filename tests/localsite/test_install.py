"""When an installation in place is made anew."""

from __future__ import annotations

import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = "localsite/install.sh"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = tuple(PROJECT["tool"]["scikit-build"]["wheel"]["packages"])


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as the stamp reads, with one module."""
    for folder in (*PACKAGES, "snni/native", "deploy"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    for name in ("pyproject.toml", "CMakeLists.txt", "deploy/package-lock.json", "snni/native/CMakeLists.txt", SCRIPT):
        shutil.copyfile(ROOT / name, tmp_path / name)
    for folder in PACKAGES:
        (tmp_path / folder / "audit.py").write_text("LINES = 1\n")
    return tmp_path


def stamp(checkout: Path) -> str:
    """What an installation of this checkout is known by."""
    command = ["bash", "-euc", f". {SCRIPT}; stamp test"]
    return subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize("folder", PACKAGES)
def test_it_is_made_anew_when_a_module_becomes_a_package(checkout: Path, folder: str) -> None:
    before = stamp(checkout)
    (checkout / folder / "audit.py").unlink()
    (checkout / folder / "audit").mkdir()
    (checkout / folder / "audit" / "__init__.py").write_text("LINES = 1\n")
    assert stamp(checkout) != before


def test_it_stands_while_python_is_edited(checkout: Path) -> None:
    before = stamp(checkout)
    (checkout / "services" / "audit.py").write_text("LINES = 2\n")
    (checkout / "services" / "another.py").write_text("")
    assert stamp(checkout) == before


@pytest.mark.parametrize("name", ["pyproject.toml", "snni/native/CMakeLists.txt", "deploy/package-lock.json"])
def test_it_is_made_anew_after_a_change_of_what_is_built(checkout: Path, name: str) -> None:
    before = stamp(checkout)
    with (checkout / name).open("a") as file:
        file.write("\n")
    assert stamp(checkout) != before


def test_nothing_is_installed_for_a_word_that_is_none() -> None:
    refused = subprocess.run([ROOT / "run", "install", "tset"], capture_output=True, text=True)
    assert refused.returncode == 2 and "install demo or install test" in refused.stderr
