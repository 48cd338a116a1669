"""The real ingest process, for tests that speak to it over HTTPS and WebRTC."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from services.runtime.ports import read_port_file
from tests.services.ingest.site_file import write_site
from tests.support.servers import NatsPair

START_TIMEOUT_S = 30.0
ROOT = Path(__file__).parents[3]


@dataclass
class IngestProcess:
    """A running ingest. tokens: by camera; ca: what verifies its certificate."""

    child: subprocess.Popen[bytes]
    log: Path
    ports: dict[str, int]
    tokens: dict[str, str]
    ca: Path
    cert: Path
    site: str = "test-site"
    _free: list[str] = field(default_factory=list)

    def url(self, camera: str) -> str:
        """The endpoint of a camera."""
        return f"https://localhost:{self.ports['whip']}/whip/{camera}"

    def fresh_camera(self) -> str:
        """A camera that no other test uses."""
        return self._free.pop()

    def bearer(self, camera: str) -> dict[str, str]:
        """The Authorization header of a camera."""
        return {"Authorization": f"Bearer {self.tokens[camera]}"}

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


def start_ingest(
    directory: Path, pair: NatsPair, cameras: tuple[str, ...], extra: dict[str, str] | None = None
) -> IngestProcess:
    """Start `python -m services.ingest.main` on free ports and wait until it serves."""
    site_file, port_file, log = directory / "site.yaml", directory / "ports.json", directory / "ingest.log"
    tokens = write_site(site_file, cameras)
    cert, key, ca = pair.pki.cert("ingest_web")
    settings = {
        "SITE_FILE": site_file,
        "TLS_CERT": cert,
        "TLS_KEY": key,
        "PORT_FILE": port_file,
        "POSTS_BURST": 10_000,
        "POSTS_PER_S": 1000,
    }
    environment = os.environ | pair.environment("ingest") | {"OMP_NUM_THREADS": "1"}
    environment |= {f"VEILWARD_INGEST_{name}": str(value) for name, value in settings.items()} | (extra or {})
    with log.open("wb") as output:
        command = [sys.executable, "-m", "services.ingest.main"]
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    end = time.monotonic() + START_TIMEOUT_S
    while (ports := read_port_file(port_file)) is None:
        if child.poll() is not None or time.monotonic() > end:
            child.kill()
            raise RuntimeError(log.read_text())
        time.sleep(0.05)
    return IngestProcess(child, log, ports, tokens, ca, cert, _free=list(cameras))
