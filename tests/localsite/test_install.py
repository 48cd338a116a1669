"""When an installation in place is made anew."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE_S, until

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


@pytest.fixture
def clone(checkout: Path) -> Path:
    """A checkout that has `./run`, and nothing installed; whose Python only notes how it was called."""
    shutil.copy(ROOT / "run", checkout)
    return checkout


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("command", ["demo", "infer", "train"])
def test_help_installs_nothing(clone: Path, command: str) -> None:
    told = subprocess.run([clone / "run", command, "--help"], capture_output=True, text=True)
    assert told.returncode == 2 and "./run install" in told.stderr
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize("command", ["test", "lint", "sanitize", "install"])
def test_help_of_what_takes_no_options_is_the_list(clone: Path, command: str) -> None:
    told = subprocess.run([clone / "run", command, "--help"], capture_output=True, text=True)
    assert told.returncode == 0 and told.stdout.startswith("usage: ./run COMMAND")
    assert not (clone / ".venv").exists()


def test_an_environment_that_was_interrupted_is_made_anew(checkout: Path) -> None:
    executable(checkout / ".venv/bin/python", "exit 1  # no pip yet")
    python = executable(checkout / "python", 'echo "$*" >called')
    command = f". {SCRIPT}; say() {{ :; }}; make_environment"
    environment = os.environ | {"PYTHON": str(python), "VENV": ".venv"}
    subprocess.run(["bash", "-euc", command], cwd=checkout, check=True, env=environment)
    assert (checkout / "called").read_text().split() == ["-m", "venv", "--clear", ".venv"]


@pytest.mark.parametrize("place", ["here", "there"])
def test_an_installation_that_was_moved_or_copied_is_made_anew(checkout: Path, place: str) -> None:
    executable(checkout / ".venv/bin/python", "exit 0")
    python = executable(checkout / "python", 'echo "$*" >called')
    home = {"here": checkout, "there": checkout.parent / "before"}[place]
    (checkout / ".venv/pyvenv.cfg").write_text(
        f"version = 3.11.2\ncommand = /usr/bin/python3.11 -m venv {home}/.venv\n"
    )
    (checkout / ".venv/stamp.test").write_text(stamp(checkout))
    command = f". {SCRIPT}; need_system() {{ :; }}; say() {{ :; }}; npm() {{ :; }}; install test"
    environment = os.environ | {"PYTHON": str(python), "VENV": ".venv"}
    subprocess.run(["bash", "-euc", command], cwd=checkout, check=True, env=environment)
    assert (checkout / "called").exists() == (place == "there")


def test_an_interrupted_installation_leaves_no_compiler_running(checkout: Path) -> None:
    executable(
        checkout / ".venv/bin/python",
        'case "$*" in *install*) sleep 1000 & echo $! >compiler.new; mv compiler.new compiler; wait ;; esac',
    )
    command = f". {SCRIPT}; need_system() {{ :; }}; say() {{ :; }}; install demo"
    environment = os.environ | {"PYTHON": "python3.11", "VENV": ".venv"}
    as_in_a_window = ["env", "--default-signal"]  # whoever runs the tests may ignore some, as what is begun with & does
    run = subprocess.Popen([*as_in_a_window, "bash", "-euc", command], cwd=checkout, env=environment)
    until(lambda: (checkout / "compiler").exists())
    compiler = Path(f"/proc/{(checkout / 'compiler').read_text().strip()}/cmdline")
    try:
        run.send_signal(signal.SIGINT)
        assert run.wait(PATIENCE_S) == 130
        until(lambda: not compiler.exists() or not compiler.read_bytes())
    finally:
        run.kill()
        run.wait()
