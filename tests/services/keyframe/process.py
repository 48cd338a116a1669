"""The real keyframe process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from services.bus.messages import CameraRef
from services.runtime.ports import read_port_file
from tests.support.servers import NatsPair

START_TIMEOUT_S = 30.0
ROOT = Path(__file__).parents[3]
SITE = "keyframe-site"


def write_site(path: Path, crops: dict[str, str]) -> None:
    """A site file with a camera for each crop format."""
    cameras = [{"id": camera, "name": camera, "token_sha256": "0" * 64, "crop": crop} for camera, crop in crops.items()]
    room = {"id": "room-1", "name": "Room 1", "cameras": cameras}
    path.write_text(yaml.safe_dump({"site": SITE, "wards": [{"id": "ward-1", "name": "W", "rooms": [room]}]}))


def ref(camera: str, room: str = "room-1") -> CameraRef:
    """Where a camera of `write_site` hangs."""
    return CameraRef(site=SITE, ward="ward-1", room=room, camera=camera)


def spawn(settings: dict[str, object], environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start `python -m services.keyframe.main`; its output goes to `log`."""
    mine = {f"VEILWARD_KEYFRAME_{name.upper()}": str(value) for name, value in settings.items()}
    whole = os.environ | environment | mine | {"OMP_NUM_THREADS": "1"}
    with log.open("wb") as output:
        command = [sys.executable, "-m", "services.keyframe.main"]
        return subprocess.Popen(command, cwd=ROOT, env=whole, stdout=output, stderr=subprocess.STDOUT)


@dataclass
class KeyframeProcess:
    """A running keyframe."""

    child: subprocess.Popen[bytes]
    log: Path
    ports: dict[str, int]
    free: list[str] = field(default_factory=list)

    def get(self, path: str) -> str:
        """The body of a page of the health endpoint."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['health']}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def metric(self, name: str, **labels: str) -> float:
        """The sum of veilward_keyframe_<name> over the series with these labels."""
        total = 0.0
        for line in self.get("/metrics").splitlines():
            series, _, value = line.rpartition(" ")
            wanted = all(f'{key}="{text}"' in series for key, text in labels.items())
            if series.split("{")[0] == f"veilward_keyframe_{name}" and wanted:
                total += float(value)
        return total

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        if self.child.poll() is None:
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            return self.child.wait()


def start_keyframe(
    directory: Path, pair: NatsPair, crops: dict[str, str], settings: dict[str, object]
) -> KeyframeProcess:
    """Start the service and wait until it serves."""
    site_file, port_file, log = directory / "site.yaml", directory / "ports.json", directory / "keyframe.log"
    write_site(site_file, crops)
    child = spawn({"site_file": site_file, "port_file": port_file} | settings, pair.environment("keyframe"), log)
    end = time.monotonic() + START_TIMEOUT_S
    while (ports := read_port_file(port_file)) is None:
        if child.poll() is not None or time.monotonic() > end:
            child.kill()
            raise RuntimeError(log.read_text())
        time.sleep(0.05)
    return KeyframeProcess(child, log, ports, [one for one in crops if crops[one] == "224x224x3"])
