"""One of Veilward's services as a child process: settings by environment, ports by file, log to a file."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localsite.servers import ServerError, _end_with_parent

START_TIMEOUT_S = 60.0


class Service:
    """module: what python -m runs, e.g. services.alerts.main. prefix: of its variables, e.g. ALERTS.

    launcher: a command that becomes the one after it, as taskset and `ip netns exec` do. threads: of its numerics.
    host: where its health endpoint is.
    Everything it writes goes to <directory>/<name>.log; its ports come from <directory>/<name>.ports.json.
    """

    def __init__(
        self,
        name: str,
        module: str,
        prefix: str,
        settings: Mapping[str, object],
        directory: Path,
        arguments: tuple[str, ...] = (),
        launcher: tuple[str, ...] = (),
        threads: int = 1,
        host: str = "127.0.0.1",
    ) -> None:
        self.name = name
        self.module = module
        self.log = directory / f"{name}.log"
        self._port_file = directory / f"{name}.ports.json"
        self._host = host
        self._command = [*launcher, sys.executable, "-m", module, *arguments]
        self._directory = directory
        values = {key: str(value) for key, value in settings.items()} | {"port_file": str(self._port_file)}
        self._environment = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(threads)}
        self._variables = {f"VEILWARD_{prefix}_{key.upper()}": value for key, value in values.items()}
        self._child: subprocess.Popen[bytes] | None = None
        self.peak_rss_mb = 0.0

    def start(self) -> Service:
        """Spawn it. Its environment holds the variables of no other service."""
        self._port_file.unlink(missing_ok=True)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("VEILWARD_")}
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                self._command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=inherited | self._variables | self._environment,
                start_new_session=True,
                preexec_fn=_end_with_parent,
                cwd=self._directory,
            )
        return self

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._child.poll() if self._child else None

    def ports(self, timeout_s: float = START_TIMEOUT_S) -> dict[str, int]:
        """Its bound ports, once it serves. Raises ServerError with the end of its log when it ends or is too slow."""
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if self._port_file.exists():
                found: dict[str, int] = json.loads(self._port_file.read_text())
                return found
            if not self.running:
                break
            time.sleep(0.02)
        raise ServerError(f"{self.name} did not start\n{self.log.read_text()[-4000:]}")

    def ready(self) -> bool:
        """Whether /readyz answers 200."""
        try:
            with urllib.request.urlopen(f"http://{self._host}:{self.ports()['health']}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError, ServerError):
            return False

    def metrics(self) -> str:
        """Its Prometheus exposition, or nothing when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{self._host}:{self.ports()['health']}/metrics", timeout=5) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, OSError, ServerError):
            return ""

    def events(self) -> list[dict[str, Any]]:
        """The JSON lines of its log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{")]

    def sample_memory(self) -> float:
        """Largest resident set so far, MiB (VmHWM)."""
        if self.running:
            try:
                status = Path(f"/proc/{self.pid}/status").read_text()
            except OSError:
                return self.peak_rss_mb
            for line in status.splitlines():
                if line.startswith("VmHWM:"):
                    self.peak_rss_mb = max(self.peak_rss_mb, int(line.split()[1]) / 1024)
        return self.peak_rss_mb

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self.sample_memory()
        self._end(signal.SIGKILL, 5.0)

    def stop(self, timeout_s: float = 10.0) -> None:
        """SIGTERM, then SIGKILL after timeout_s."""
        self.sample_memory()
        self._end(signal.SIGTERM, timeout_s)

    def wait(self, timeout_s: float) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired."""
        if self._child is None:
            raise ServerError(f"{self.name} was never started")
        return self._child.wait(timeout_s)

    def _end(self, number: signal.Signals, timeout_s: float) -> None:
        if self._child is None:
            return
        if self.running:
            self._child.send_signal(number)
            try:
                self._child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()
