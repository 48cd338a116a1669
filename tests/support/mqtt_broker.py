"""An MQTT broker on this machine: mosquitto as a child process, with TLS and one login, nothing kept on disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from localsite.process import Process, ProcessError

USER, PASSWORD = "veilward", "broker-password"
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") or "mosquitto"


@dataclass
class MqttBroker:
    """A broker. url: with TLS; plain_url: without, both on loopback. password_file: of USER."""

    directory: Path
    port: int
    plain_port: int
    password_file: Path
    process: Process

    @property
    def url(self) -> str:
        return f"mqtts://localhost:{self.port}"

    @property
    def plain_url(self) -> str:
        return f"mqtt://127.0.0.1:{self.plain_port}"

    def kill(self) -> None:
        """End it at once, as a crash would; it forgets everything."""
        self.process.kill()

    def start(self) -> None:
        """Start it, again on the same ports. Raises ProcessError."""
        command = [MOSQUITTO, "-c", str(self.directory / "mosquitto.conf")]
        self.process = Process("mosquitto", command, self.directory / "mosquitto.log").start()
        try:
            self.process.wait_for("mosquitto", lambda: _answers(self.port) and _answers(self.plain_port))
        except ProcessError:
            self.process.kill()
            raise


def start_broker(directory: Path, certificate: Path, key: Path) -> MqttBroker:
    """Start one with a server's certificate. Raises ProcessError."""
    directory.mkdir(parents=True, exist_ok=True)
    ports = _free(), _free()
    password_file = directory / "password"
    password_file.write_text(PASSWORD)
    users = directory / "users"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(users), USER, PASSWORD], check=True, capture_output=True)
    common = [f"password_file {users}", "allow_anonymous false"]
    lines = ["per_listener_settings true", "persistence false", "user root", "log_dest stderr"]
    lines += [f"listener {ports[0]} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}", *common]
    lines += [f"listener {ports[1]} 127.0.0.1", *common]
    (directory / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    broker = MqttBroker(directory, *ports, password_file, Process("mosquitto", [MOSQUITTO], directory / "none"))
    broker.start()
    return broker


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


def _answers(port: int) -> bool | None:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return None
