"""PostgreSQL on this machine: a cluster of its own on a unix socket, with throw-away state."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from localsite.process import Process, ProcessError

INSTALLED = Path("/usr/lib/postgresql")
OWNER = "postgres"
INIT_TIMEOUT_S = 600.0


@dataclass
class PostgresServer:
    """A running postgres. directory: of its own, removed when it stops; its socket lies there."""

    process: Process
    directory: Path
    programs: Path

    def new_database(self) -> str:
        """The address of an empty database. Raises ProcessError."""
        name = f"d{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name}")
        return f"postgresql://{OWNER}@/{name}?host={self.directory}"

    def sql(self, statement: str) -> None:
        """Run one statement as its superuser. Raises ProcessError."""
        command = [str(self.programs / "psql"), "-h", str(self.directory), "-U", OWNER, "-qXc", statement]
        done = subprocess.run(command, capture_output=True, text=True, timeout=INIT_TIMEOUT_S)
        if done.returncode:
            raise ProcessError(f"psql failed\n{done.stderr}")

    def kill(self) -> None:
        """End it at once, as a crash would, with those that serve connections: left alone they may answer again."""
        backends = _children(self.process.pid) if self.process.running else []
        self.process.kill()
        for backend in backends:
            with suppress(ProcessLookupError):
                os.kill(backend, signal.SIGKILL)
        while any(map(_runs, backends)):
            time.sleep(0.01)

    def start_again(self) -> None:
        """Start what was killed, with its former state."""
        (self.directory / "data" / "postmaster.pid").unlink(missing_ok=True)
        _serve(self)

    def stop(self) -> None:
        """End it, and remove all that it had."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def programs() -> Path:
    """The folder of the newest version that is installed."""
    return max(INSTALLED.glob("*/bin"), default=INSTALLED, key=lambda path: int(path.parent.name))


def as_owner(directory: Path) -> list[str]:
    """What runs a command as a user that PostgreSQL takes: it refuses root. `directory` is that user's then."""
    if os.getuid() != 0:
        return []
    owner = pwd.getpwnam(OWNER)
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    return ["setpriv", f"--reuid={OWNER}", f"--regid={owner.pw_gid}", "--init-groups", "--pdeathsig=TERM"]


def start_postgres(log: Path) -> PostgresServer:
    """Make a cluster and start it: no TCP port, nothing synced to the disk. log: of what it says. Raises ProcessError.

    PostgreSQL does not run as root: root starts it as the user that its package made, in a directory of that user's.
    """
    directory = Path(tempfile.mkdtemp(prefix="veilward-postgres-"))
    launcher = as_owner(directory)
    data = str(directory / "data")
    init = [*launcher, str(programs() / "initdb"), "-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    done = subprocess.run(init, capture_output=True, text=True, timeout=INIT_TIMEOUT_S, cwd=directory)
    if done.returncode:
        shutil.rmtree(directory, ignore_errors=True)
        raise ProcessError(f"initdb failed\n{done.stderr}")
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(directory),
        "fsync": "off",
        "max_connections": "50",
    }
    command = [*launcher, str(programs() / "postgres"), "-D", data]
    command += [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    return _serve(PostgresServer(Process("postgres", command, log, directory=directory), directory, programs()))


def _serve(server: PostgresServer) -> PostgresServer:
    ready = [str(server.programs / "pg_isready"), "-q", "-h", str(server.directory), "-U", OWNER]
    try:
        server.process.start().wait_for("answer", lambda: subprocess.run(ready).returncode == 0 or None)
    except ProcessError:
        server.process.kill()
        raise
    return server


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _runs(pid: int) -> bool:
    """Neither gone nor dead and unasked for (proc_pid_stat(5))."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
