"""The demo's video: made once by the synthesiser, kept in the user's cache, with the truth beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localsite.process import ProcessError

SEED = 1
SECONDS = 180
SHORT_SECONDS = 75
LEAST_SECONDS = 20
"""Two painful episodes between calm stretches want so many (training.synth.script)."""


def cache_directory() -> Path:
    """$XDG_CACHE_HOME/veilward, else ~/.cache/veilward."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "veilward"


def synthetic_video(seconds: int, seed: int = SEED, say: Callable[[str], None] = lambda text: None) -> Path:
    """A video of a face that hurts at times, LEAST_SECONDS or longer. Raises ProcessError: it cannot be made."""
    if seconds < LEAST_SECONDS:
        raise ProcessError(f"--seconds {seconds}: a drawn video lasts at least {LEAST_SECONDS} s")
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"face-{seed}-{seconds}-{_version()}.mp4"
    if path.exists() and truth_file(path).exists():
        return path
    say("making the video (a minute or two; kept for the next time)")
    partial = path.with_name("making-" + path.name)
    command = [sys.executable, "-m", "training.synth.video", "--out", str(partial), "--seed", str(seed)]
    done = subprocess.run(
        [*command, "--seconds", str(seconds)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise ProcessError(f"the video could not be made\n{done.stderr.decode()[-2000:]}")
    truth_file(partial).rename(truth_file(path))
    partial.rename(path)
    return path


def truth_file(video: Path) -> Path:
    return video.with_name(video.name + ".truth.json")


def load_truth(video: Path) -> list[dict[str, Any]] | None:
    """The truth beside a video, None for a video of a real person."""
    path = truth_file(video)
    if not path.exists():
        return None
    entries: list[dict[str, Any]] = json.loads(path.read_text())
    return entries


def _version() -> str:
    """Changes with the synthesiser, so that a stale video is not played."""
    import hashlib

    import training.synth

    folder = Path(training.synth.__file__).parent
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.rglob("*.py")))).hexdigest()[:12]
