"""The native relay between the parties (native/): built on first use, run as a child process."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from localsite.links.errors import LinkError
from localsite.links.link import Link
from localsite.process import Process

SOURCES = Path(__file__).resolve().parent / "native"
BUILT = Path(__file__).resolve().parents[2] / "runs" / "links"
FLAGS = ("-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror")
FEWEST_BUFFERED, SPARE = 16 << 20, 4


def binary() -> Path:
    """The relay of these sources, compiled when there is none yet. Raises LinkError without a compiler."""
    sources = sorted(SOURCES.glob("*.?pp"))
    if not sources:
        raise LinkError("links need a relay, whose sources are in a checkout alone; use one, or --link loopback")
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources) + " ".join(FLAGS).encode())
    path = BUILT / f"relay-{digest.hexdigest()[:16]}"
    if path.exists():
        return path
    compiler = shutil.which("g++")
    if compiler is None:
        raise LinkError("links need a relay, and there is no g++ to build it with; install g++, or use --link loopback")
    BUILT.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    units = [str(source) for source in sources if source.suffix == ".cpp"]
    done = subprocess.run([compiler, *FLAGS, *units, "-o", str(fresh)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LinkError(f"the relay does not build\n{done.stderr[-2000:]}")
    fresh.rename(path)
    return path


class Relay:
    """One relay to one target, running. shape: whether it keeps the link's rate too, and not only its delay."""

    def __init__(self, link: Link, to: tuple[str, int], listen: str, directory: Path, *, shape: bool) -> None:
        """Raises ProcessError when it does not start, LinkError when it cannot be built."""
        rate = link.rate or 10_000_000_000  # what loopback itself may carry
        buffer = max(FEWEST_BUFFERED, int(SPARE * rate * link.one_way_s))
        command = [str(binary()), "--listen", f"{listen}:0", "--to", f"{to[0]}:{to[1]}", "--realtime"]
        command += ["--delay-us", str(round(link.one_way_s * 1e6)), "--buffer", str(buffer)]
        command += ["--rate", str(link.rate if shape else 0)]
        self._log = directory / f"relay-{to[1]}.log"
        self.process = Process("relay", command, self._log).start()
        try:
            started = self.process.wait_for("listening socket", lambda: self._said("listening"))
        except RuntimeError:
            self.process.kill()
            raise
        self.host, self.port, self.realtime = listen, int(started["port"]), bool(started["realtime"])

    @property
    def pid(self) -> int:
        return self.process.pid

    def _said(self, event: str) -> dict[str, Any] | None:
        for line in self._log.read_text().splitlines():
            if line.startswith("{") and line.endswith("}") and json.loads(line)["event"] == event:
                found: dict[str, Any] = json.loads(line)
                return found
        return None

    def stop(self) -> dict[str, Any]:
        """End it. Its counters; nothing where it was killed before."""
        self.process.stop()
        return self._said("ended") or {}
