"""SPU's own virtual environment, made on first use under runs/: nothing of this project needs what is in it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bench.machine import ROOT

SPU = "0.9.5"
PINS = (f"spu=={SPU}", "jax[cpu]==0.4.34", "numpy==1.26.4")
"""JAX as new as SPU allows."""
PYTHONS = ((3, 10), (3, 11))
"""Those that SPU has wheels for."""
CACHE = ROOT / "runs" / "peers"


class EnvironmentFault(RuntimeError):
    """SPU cannot be had here; why, and what to do."""


def interpreter(cache: Path, console: Console) -> Path:
    """The Python that imports spu, jax and numpy, installed under ``cache`` where it is not there. Raises
    EnvironmentFault."""
    if sys.version_info[:2] not in PYTHONS:
        raise EnvironmentFault(f"SPU {SPU} has wheels for Python 3.10 and 3.11, this is {sys.version.split()[0]}")
    directory = cache / f"spu-{SPU}"
    found, done = directory / "bin" / "python", directory / "installed"
    if done.is_file() and done.read_text() == "\n".join(PINS):
        return found
    _ran([sys.executable, "-m", "venv", "--clear", str(directory)], "a virtual environment", console)
    _ran([str(found), "-m", "pip", "install", "--disable-pip-version-check", *PINS], f"SPU {SPU}", console)
    _ran([str(found), "-c", "import jax, spu; spu.check_cpu_feature()"], f"SPU {SPU} on this CPU", console)
    done.write_text("\n".join(PINS))
    return found


def _ran(command: list[str], what: str, console: Console) -> None:
    """Raises EnvironmentFault with the end of what the command said."""
    said, began = [""], time.monotonic()
    with (
        console.status(what) as status,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as child,
    ):
        for line in child.stdout or ():
            said = [*said, line.rstrip()][-8:]
            status.update(f"installing {what}: {time.monotonic() - began:.0f} s, {escape(line.rstrip()[:80])}")
    if child.returncode:
        raise EnvironmentFault(
            f"{what} cannot be had; a network or a package index with it is needed (--environment names another "
            "directory for it)\n" + "\n".join(said).strip()
        )
