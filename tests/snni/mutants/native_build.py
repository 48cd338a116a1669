"""Native modules of a mutant: a copy of snni/native with one line changed, built beside the build, not into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.snni.mutants.mutant import ROOT, Mutant

PLACE = ROOT / "build" / "mutants"
SOURCE, OBJECTS = PLACE / "source", PLACE / "objects"
JOBS = "2"


def modules_of(mutant: Mutant) -> dict[str, Path]:
    """Dotted name -> shared object, of what `build` made."""
    built = PLACE / "modules" / mutant.name
    found = {".".join((*at.parent.relative_to(built).parts, at.name.split(".")[0])): at for at in built.rglob("_*.so")}
    if not found:
        raise ImportError(f"{mutant.name} is not built")
    return found


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:3])}: {(done.stdout + done.stderr)[-2000:]}")


def _synchronise(mutant: Mutant | None) -> None:
    """The copy is the tree's source but for the mutant. What has not changed keeps its date and is not built again."""
    for path in sorted((ROOT / "snni" / "native").rglob("*")):
        copy = SOURCE / path.relative_to(ROOT)
        if path.is_dir():
            continue
        text = path.read_text()
        if mutant is not None and path == ROOT / mutant.file:
            text = mutant.applied()
        if not copy.exists() or copy.read_text() != text:
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(text)
    shutil.copy(ROOT / "CMakeLists.txt", SOURCE / "CMakeLists.txt")


def build(mutant: Mutant) -> None:
    """Build the mutant's modules. Raises RuntimeError where that fails."""
    import nanobind

    SOURCE.mkdir(parents=True, exist_ok=True)
    _synchronise(mutant)
    options = ["-DCMAKE_BUILD_TYPE=Release", f"-DPython_EXECUTABLE={sys.executable}"]
    options += [f"-Dnanobind_DIR={nanobind.cmake_dir()}", "-G", "Unix Makefiles"]
    if shutil.which("ccache"):
        options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
    _run("cmake", "-S", str(SOURCE), "-B", str(OBJECTS), *options)
    _run("cmake", "--build", str(OBJECTS), "-j", os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", JOBS))
    target = PLACE / "modules" / mutant.name
    shutil.rmtree(target, ignore_errors=True)
    _run("cmake", "--install", str(OBJECTS), "--prefix", str(target))
