"""The pool of threads and the kernels that share it, built and run under ThreadSanitizer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nanobind
import pytest

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build = tmp_path_factory.mktemp("thread-sanitizer")
    environment = os.environ | {"LD_PRELOAD": ""}
    options = (f"-DPython_EXECUTABLE={sys.executable}", f"-Dnanobind_DIR={nanobind.cmake_dir()}")
    options += ("-DVEILWARD_SANITIZE_THREADS=ON", "-DCMAKE_BUILD_TYPE=Debug")
    for command in (("-S", str(ROOT), "-B", str(build), *options), ("--build", str(build), "-t", "thread_sanitizer")):
        done = subprocess.run(["cmake", *command], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return build / "tests" / "snni" / "native" / "thread_sanitizer" / "thread_sanitizer"


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # without randomised addresses: the sanitizer's shadow has fixed places
    command = ["setarch", "--addr-no-randomize", str(program), *arguments]
    options = {"TSAN_OPTIONS": "halt_on_error=1:exitcode=66", "LD_PRELOAD": ""}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | options)


def test_a_race_is_reported(program: Path) -> None:
    done = run(program, "race")
    assert done.returncode == 66 and "data race" in done.stderr


def test_kernels_do_not_race(program: Path) -> None:
    done = run(program)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr[-3000:]
