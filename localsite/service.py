"""One of Veilward's services as a child process: settings by environment, ports by file, log to a file."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from localsite.process import START_TIMEOUT_S, Process, ProcessError, python
from services.runtime.ports import read_port_file

ANSWER_TIMEOUT_S = 60.0


class Service(Process):
    """What it writes goes to <directory>/<name>.log; its ports come from <directory>/<name>.ports.json."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, object],
        directory: Path,
        *,
        module: str | None = None,
        launcher: tuple[str, ...] = (),
        threads: int = 1,
        host: str = "127.0.0.1",
    ) -> None:
        """name: of its folder under services/, and of its variables. settings: by field; no other is set.

        module: what is run where it is not the service's main. launcher: a command that becomes the one after it, as
        taskset and `ip netns exec` do. threads: of its numerics. host: where its health endpoint is.
        """
        self._port_file = directory / f"{name}.ports.json"
        self._host = host
        self._launcher = launcher
        values = dict(settings) | {"port_file": self._port_file}
        environment = {_variable(name, key): str(value) for key, value in values.items()}
        environment |= {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": str(threads)}
        command = (*launcher, *python(module or f"services.{name}.main"))
        super().__init__(name, command, directory / f"{name}.log", environment, directory)

    def start(self) -> Self:
        """Spawn it; the ports of the time before are forgotten."""
        self._port_file.unlink(missing_ok=True)
        return super().start()

    def answer(self, *arguments: str) -> str:
        """What its command line answers to these arguments, with its own settings. Raises ProcessError."""
        done = self.run(f"services.{self.name}.main", *arguments)
        if done.returncode:
            raise ProcessError(f"{self.name} {' '.join(arguments[:2])}: {done.stderr}")
        return done.stdout.strip()

    def run(self, module: str, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
        """A module run to its end as the service is, with its settings but for those named here."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("VEILWARD_")}
        own = self._environment | {_variable(self.name, key): str(value) for key, value in settings.items()}
        command = (*self._launcher, *python(module, *arguments))
        return subprocess.run(command, env=inherited | own, capture_output=True, text=True, timeout=START_TIMEOUT_S)

    def ports(self) -> dict[str, int]:
        """Its bound ports, once it serves. Raises ProcessError with the end of its log when it does not."""
        return self.wait_for("ports", lambda: read_port_file(self._port_file))

    def stay_on(self, **settings: str) -> None:
        """Listen on the same ports when started again. settings: a port's setting, and the port's name."""
        ports = self.ports()
        self._environment |= {_variable(self.name, key): str(ports[port]) for key, port in settings.items()}

    def get(self, path: str) -> str:
        """A page of its health endpoint. Raises OSError, ProcessError."""
        url = f"http://{self._host}:{self.ports()['health']}{path}"
        with urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S) as answer:
            return str(answer.read().decode())

    def ready(self) -> bool:
        """Whether /readyz answers 200."""
        return bool(self._get_or_nothing("/readyz"))

    def whole(self) -> bool:
        """Whether it is ready and misses nothing else that /readyz tells of."""
        told = json.loads(self._get_or_nothing("/readyz") or "{}")
        return bool(told.get("ready")) and all(told["apart"].values())

    def metrics(self) -> str:
        """Its Prometheus exposition, or nothing when it does not answer."""
        return self._get_or_nothing("/metrics")

    def _get_or_nothing(self, path: str) -> str:
        try:
            return self.get(path)
        except (OSError, http.client.HTTPException, ProcessError):
            return ""


def _variable(service: str, setting: str) -> str:
    return f"VEILWARD_{service}_{setting}".upper()
