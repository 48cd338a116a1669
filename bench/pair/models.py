"""Bundles to measure, by name. Networks that were never trained cost the same; compiled once, under runs/models."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = {"squeezenet": ROOT / "models" / "squeezenet-synthetic"}
UNTRAINED = ("convnet48", "resnet18", "resnet50")
NAMES = (*SHIPPED, *UNTRAINED)


class ModelError(RuntimeError):
    """A network could not be compiled; what the compiler said."""


def bundle_of(name: str, console: Console) -> Path:
    """Its bundle's directory, compiled on first use (minutes for the large ones). Raises ModelError."""
    if name in SHIPPED:
        return SHIPPED[name]
    out = ROOT / "runs" / "models" / name
    if not (out / "plan.json").exists():
        _compile(name, out, console)
    return out


def _compile(name: str, out: Path, console: Console) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_name(f"{out.name}.{os.getpid()}")
    command = [sys.executable, "-m", "training.networks.untrained", name, "--out", str(fresh)]
    console.print(f"compiling {name} into {out.relative_to(ROOT)}; kept for the next time")
    started = time.monotonic()
    with (
        console.status(name) as status,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as compiler,
    ):
        said: list[str] = []
        for line in compiler.stdout or ():
            said = [*said, line.rstrip()][-20:]
            status.update(f"{name}: {time.monotonic() - started:.0f} s, {line.rstrip()[:80]}")
    if compiler.returncode:
        raise ModelError(f"{name} does not compile\n" + "\n".join(said))
    fresh.rename(out)
