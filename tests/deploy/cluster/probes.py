"""A pod's probes, as a kubelet asks them: the startup probe until it succeeds, then readiness and liveness.

HTTP is asked from the node's namespace, which policies do not bind; commands run in the container, as its user, with
its variables.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.deploy.cluster.fabric import End
from tests.deploy.cluster.threads import entered

Object = dict[str, Any]
USER = "65532"
ENTERED = ("-m", "-u", "-i", "-n", "-p", "-C", "-r", "-w")
"""Every namespace of the container's, its root and its directory."""


@dataclass(frozen=True)
class Asked:
    """Whom to ask: the pod's address, its named ports, the process id of its container's first process."""

    address: str
    ports: dict[str, int]
    pid: int


def ask(probe: Object, whom: Asked) -> bool:
    """Whether it succeeds, in its time."""
    timeout = float(probe.get("timeoutSeconds", 1))
    if "exec" in probe:
        return _exec(probe["exec"]["command"], whom.pid, timeout)
    port = probe["httpGet"]["port"]
    return _http(whom.address, whom.ports[port], probe["httpGet"]["path"], timeout)


def _http(address: str, port: int, path: str, timeout: float) -> bool:
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path)
        return 200 <= connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _exec(command: list[str], pid: int, timeout: float) -> bool:
    try:
        lines = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        variables = {key: value for key, _, value in (os.fsdecode(line).partition("=") for line in lines if line)}
        whole = ["nsenter", "-t", str(pid), *ENTERED, "-S", USER, "-G", USER, *command]
        done = subprocess.run(whole, env=variables, timeout=timeout, stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


class Watch:
    """Asks one container's probes on a thread of its own until it is stopped."""

    def __init__(
        self,
        container: Object,
        whom: Asked,
        node: End,
        *,
        ready: Callable[[bool], None],
        dead: Callable[[str], None],
    ) -> None:
        """ready: told of every answer of readiness. dead: told once why the container must be started again."""
        self._container, self._whom, self._node = container, whom, node
        self._ready, self._dead = ready, dead
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"probe-{container['name']}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        with entered(self._node.path):
            if self._started():
                self._attend()

    def _started(self) -> bool:
        probe, missed = self._container["startupProbe"], 0
        while not self._over.is_set():
            if ask(probe, self._whom):
                return True
            missed += 1
            if missed >= probe["failureThreshold"]:
                self._dead("startup")
                return False
            self._over.wait(probe["periodSeconds"])
        return False

    def _attend(self) -> None:
        readiness, liveness = self._container["readinessProbe"], self._container["livenessProbe"]
        due, missed = {"ready": time.monotonic(), "alive": time.monotonic()}, {"ready": 0, "alive": 0}
        while not self._over.wait(max(0.0, min(due.values()) - time.monotonic())):
            if time.monotonic() >= due["ready"]:
                due["ready"] = time.monotonic() + readiness["periodSeconds"]
                missed["ready"] = 0 if ask(readiness, self._whom) else missed["ready"] + 1
                if missed["ready"] == 0:
                    self._ready(True)
                elif missed["ready"] >= readiness.get("failureThreshold", 3):
                    self._ready(False)
            if time.monotonic() >= due["alive"] and not self._over.is_set():
                due["alive"] = time.monotonic() + liveness["periodSeconds"]
                missed["alive"] = 0 if ask(liveness, self._whom) else missed["alive"] + 1
                if missed["alive"] >= liveness.get("failureThreshold", 3):
                    self._dead("liveness")
                    return
