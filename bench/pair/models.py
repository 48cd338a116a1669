"""Bundles to measure, by name. Networks that were never trained cost the same; they are kept under runs/models."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {
    "expression": ROOT / "models" / "expression-real",
    "expression_narrow": ROOT / "models" / "expression-narrow",
    "squeezenet": ROOT / "models" / "squeezenet-synthetic",
}
UNTRAINED: dict[str, tuple[str, ...]] = {
    "convnet48": ("convnet48",),
    "convnet48_average": ("convnet48", "--pool", "average"),
    **{name: (name,) for name in ("resnet18", "resnet50", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large")},
}
"""By name: what training.untrained.bundle is told."""
NAMES = (*SHIPPED, *UNTRAINED)
HELP = f"{', '.join(SHIPPED)} ship, the others are untrained"


class ModelError(RuntimeError):
    """A network could not be compiled; what the compiler said."""


def bundle_of(name: str, console: Console) -> Path:
    """Its bundle's directory, compiled on first use (minutes for the large ones). Raises ModelError."""
    return SHIPPED[name] if name in SHIPPED else _untrained(name, console)


def _untrained(name: str, console: Console) -> Path:
    """What `python -m training.untrained.bundle NAME` says last: where it keeps the one that this code makes."""
    command = [sys.executable, "-m", "training.untrained.bundle", *UNTRAINED.get(name, (name,))]
    said, started = [""], time.monotonic()
    with (
        console.status(name) as status,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as compiler,
    ):
        for line in compiler.stdout or ():
            said = [*said, line.rstrip()][-20:]
            status.update(f"compiling {name}: {time.monotonic() - started:.0f} s, {line.rstrip()[:80]}")
    found = Path(said[-1])
    if compiler.returncode or not (found / "plan.json").is_file():
        raise ModelError(f"{name} does not compile\n" + "\n".join(said).strip())
    return found
