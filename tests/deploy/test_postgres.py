"""The ward's PostgreSQL on its own files: alerts has its database over TLS by password, and no more."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from localsite.pki import Pki
from localsite.postgres_server import OWNER, as_owner, programs
from localsite.process import Process
from services.alerts.records.database import Database
from tests.deploy.manifests import K8S
from tests.support.waiting import PATIENCE_S, until

WARD = K8S / "ward" / "postgres"
PASSWORD = "it's a 'password' of \\the test"
URL_PASSWORD = "it%27s%20a%20%27password%27%20of%20%5Cthe%20test"


@dataclass
class Deployed:
    """A server that the installation's script made in a folder of this machine."""

    folder: Path
    port: int
    ca: Path
    process: Process

    def address(self, user: str = "alerts", password: str = URL_PASSWORD, database: str = "veilward") -> str:
        return f"postgresql://{user}:{password}@localhost:{self.port}/{database}"

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca)

    async def connect(self, **options: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.address(**options), ssl=self.context(), timeout=PATIENCE_S)

    def serve(self) -> None:
        ready = [str(programs() / "pg_isready"), "-q", "-h", str(self.folder / "volume"), "-p", str(self.port)]
        self.process.start().wait_for("answer", lambda: subprocess.run(ready).returncode == 0 or None)


def _own(path: Path, mode: int) -> None:
    path.chmod(mode)
    if os.getuid() == 0:
        owner = pwd.getpwnam(OWNER)
        os.chown(path, owner.pw_uid, owner.pw_gid)


@pytest.fixture
def deployed(pki: Pki) -> Iterator[Deployed]:
    folder = Path(tempfile.mkdtemp(prefix="veilward-postgres-"))
    launcher = as_owner(folder)
    for name in ("volume", "server", "config"):
        (folder / name).mkdir()
        _own(folder / name, 0o700)
    cert, key, ca = pki.issue("postgres", "bus-ward", "spiffe://veilward/ward/postgres/0", "server")
    for source, name in ((cert, "tls.crt"), (key, "tls.key")):
        shutil.copy(source, folder / "server" / name)
        _own(folder / "server" / name, 0o600)
    (folder / "password").write_text(PASSWORD)
    _own(folder / "password", 0o600)
    with socket.create_server(("127.0.0.1", 0)) as one:
        port = int(one.getsockname()[1])
    for path in WARD.iterdir():
        text = path.read_text().replace("port = 5432", f"port = {port}")
        text = text.replace("/etc/veilward/postgres/server", str(folder / "server"))
        (folder / "config" / path.name).write_text(text.replace("/var/lib/postgresql/data", str(folder / "volume")))
        _own(folder / "config" / path.name, 0o600)
    environment = {"CONFIG": str(folder / "config"), "PASSWORD": str(folder / "password"), "PGPORT": str(port)}
    environment |= {"VOLUME": str(folder / "volume"), "PATH": f"{programs()}:{os.environ['PATH']}"}
    command = [*launcher, "sh", str(folder / "config" / "start.sh")]
    process = Process("postgres", command, folder / "postgres.log", environment, folder)
    one = Deployed(folder, port, ca, process)
    try:
        one.serve()
        yield one
    finally:
        process.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def test_alerts_makes_its_tables_over_tls_as_its_user(deployed: Deployed) -> None:
    database = Database(deployed.address(), deployed.context())
    await database.open()
    await database.close()


async def test_nobody_else_and_nothing_else(deployed: Deployed) -> None:
    for refused in ({"password": "wrong"}, {"user": "postgres"}, {"database": "postgres"}, {"user": "nobody"}):
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await deployed.connect(**refused)
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
        await asyncpg.connect(deployed.address(), ssl=False, timeout=PATIENCE_S)
    connection = await deployed.connect()
    for statement in ("CREATE ROLE other", "CREATE DATABASE other", "COPY (SELECT 1) TO PROGRAM 'true'"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


async def test_what_it_has_outlasts_a_crash_and_a_mount_that_opens_its_folder(deployed: Deployed) -> None:
    connection = await deployed.connect()
    await connection.execute("CREATE TABLE kept (n int)")
    await connection.close()
    deployed.process.kill()
    (deployed.folder / "volume" / "cluster").chmod(0o770)
    deployed.serve()
    connection = await deployed.connect()
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await connection.close()


async def test_a_start_that_was_cut_short_begins_again(deployed: Deployed) -> None:
    deployed.process.kill()
    volume = deployed.folder / "volume"
    (volume / "cluster").rename(volume / "cluster.new")
    deployed.serve()
    await (await deployed.connect()).close()
    assert not (volume / "cluster.new").exists()


async def test_it_is_told_of_renewed_certificates(deployed: Deployed, pki: Pki) -> None:
    def shown() -> bytes | None:
        wanted = ["openssl", "s_client", "-starttls", "postgres", "-connect", f"localhost:{deployed.port}"]
        done = subprocess.run(wanted, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
        begin = done.stdout.find(b"-----BEGIN CERTIFICATE-----")
        return done.stdout[begin : done.stdout.find(b"-----END", begin)] if begin >= 0 else None

    def probe() -> int:
        settings = {"SERVER": str(deployed.process.pid), "PGPORT": str(deployed.port)}
        path = {"PATH": f"{programs()}:{os.environ['PATH']}"}
        script = deployed.folder / "config" / "alive.sh"
        return subprocess.run(["sh", str(script)], env=os.environ | settings | path).returncode

    first = shown()
    assert first is not None
    cert, key, _ = pki.issue("postgres-again", "bus-ward", "spiffe://veilward/ward/postgres/0", "server")
    for source, name in ((key, "tls.key"), (cert, "tls.crt")):
        shutil.copy(source, deployed.folder / "server" / name)
        _own(deployed.folder / "server" / name, 0o600)
    assert probe() == 0
    until(lambda: shown() not in (None, first))
    assert probe() == 0
    deployed.process.kill()
    assert probe() != 0
