"""What a run left that was cut short: containers and namespaces of processes that are no more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.deploy.cluster.fabric import RUN
from tests.deploy.cluster.podman import RUNTIME

PREFIX, LABEL = "vw", "veilward-player"
"""Before the process id of whoever plays, in every name; the label of every container."""
_OWNER = re.compile(PREFIX + r"(\d+)(-.+)?")


def sweep() -> None:
    """Remove it all."""
    listed = ["podman", *RUNTIME, "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}"]
    found = subprocess.run(listed, capture_output=True, text=True).stdout.split()
    if left := list(_left(found)):
        subprocess.run(["podman", *RUNTIME, "rm", "--force", "--time", "0", *left], capture_output=True)
    for name in _left([path.name for path in RUN.glob(f"{PREFIX}*")]):
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def _left(names: list[str]) -> Iterator[str]:
    for name in names:
        owner = _OWNER.fullmatch(name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            yield name
