"""How a measurement between processes ends: its figures in a file, or one line that says what went wrong."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.pair.confine import ConfineError
from bench.pair.models import ModelError
from localsite.links.errors import LinkError
from localsite.process import ProcessError
from snni.errors import SnniError

FAULTS: tuple[type[Exception], ...] = (
    SnniError, ProcessError, LinkError, ConfineError, ModelError, OSError, subprocess.SubprocessError,
)  # fmt: skip
"""What ends one: parties, processes, links, cores, networks, files and commands that are not as they should be."""


def written(
    name: str,
    file: Path,
    console: Console,
    results: Callable[[], dict[str, Any]],
    faults: tuple[type[Exception], ...] = FAULTS,
) -> dict[str, Any] | None:
    """The report that ``results`` makes, once it is in the file as JSON; None after a line about one of ``faults``."""
    try:
        report = results()
        file.write_text(json.dumps(report, indent=1) + "\n")
    except faults as error:
        console.print(f"bench {name}: {error}", style="red", markup=False, soft_wrap=True)
        return None
    return report
