"""The version before this one: its source where this clone holds it, and what it left behind where it ran, which every
clone has (leave_behind.py)."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from redis.asyncio import Redis

from localsite.nats_pair import NatsPair
from services.alerts.people.tokens import TokenScope
from services.bus.streams import ledger_stream
from services.bus.subjects import alert
from tests.services.alerts.replicas import Replica
from tests.services.alerts.rooms import Rooms
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]
BEFORE = "0dd7300b8e7bd802463c200bf54d86c5fa64c9a9"
"""The version that installations have. Move it on with each release, and run leave_behind.py."""
LAUNCHER = ROOT / "tests" / "support" / "old_source.py"
KEPT = Path(__file__).parent / "state" / "before"
KEYS = "veilward:alerts:{home}"
CALM = ("room-8", "room-9")
PASSWORD = "correct horse battery"


def source_of_before(folder: Path) -> Path:
    """Its services, unpacked there. Raises LookupError: this clone does not hold it, as a shallow one."""
    done = subprocess.run(["git", "-C", str(ROOT), "archive", BEFORE, "services"], capture_output=True)
    if done.returncode:
        raise LookupError(f"this clone does not hold the commit {BEFORE}: fetch its history (git fetch --unshallow)")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def launcher(folder: Path) -> tuple[str, ...]:
    """What runs a service from that source."""
    return sys.executable, str(LAUNCHER), str(folder)


class EarlierReplica(Replica):
    """A replica of it. A program's token is made by that version too: this one's would bring the database to its own
    tables."""

    def __init__(
        self, folder: Path, pair: NatsPair, redis_url: str, directory: Path, name: str, **told: object
    ) -> None:
        super().__init__(pair, redis_url, directory, name, launcher=launcher(folder), **told)

    async def _token(self, name: str) -> str:
        scopes = [word for scope in TokenScope for word in ("--scope", scope.value)]
        return await asyncio.to_thread(self.answer, "people", "token", name, "--every-ward", *scopes)


@asynccontextmanager
async def calm_levels(rooms: Rooms) -> AsyncIterator[None]:
    """Calm rooms speak all the time."""

    async def speak() -> None:
        while True:
            for room in CALM:
                await rooms.pain(room, 0, 0.2)
            await asyncio.sleep(0.2)

    task = asyncio.create_task(speak())
    try:
        yield
    finally:
        task.cancel()


async def hurts(rooms: Rooms, room: str, level: int = 2) -> None:
    """Two pieces of evidence."""
    await rooms.pain(room, level, 6.0)
    await rooms.pain(room, level, 1.0)


async def acts(replica: Replica, room: str, verb: str, **said: str) -> None:
    """Somebody does that with the room's alert, on this replica's page, once it is there."""
    async with await replica.client() as client:

        async def done() -> bool:
            found = (await client.get("/api/v1/alerts")).json()["open"]
            ids = [one["id"] for one in found if f"/{room}/" in one["camera"]]
            return bool(ids) and (await client.post(f"/api/v1/alerts/{ids[0]}/{verb}", json=said)).is_success

        await eventually(done)


async def put_back(folder: Path, redis_url: str, pair: NatsPair) -> None:
    """What it left behind, as a replica alerts-0 of that folder finds it: copy of the log, database, Redis, LEDGER."""
    (folder / "alerts-0").mkdir()
    (folder / "alerts-0" / "audit.jsonl").write_bytes((KEPT / "audit.jsonl").read_bytes())
    with closing(sqlite3.connect(folder / "people.db")) as database:
        database.executescript((KEPT / "people.sql").read_text())
    held = json.loads((KEPT / "redis.json").read_text())
    async with Redis.from_url(redis_url) as redis:
        for name in ("meta", "cameras"):
            await redis.hset(f"{KEYS}:{name}", mapping=held[name])
        await redis.rpush(f"{KEYS}:history", *held["history"])
    async with pair.bus("alerts", streams=False) as bus:
        stream = bus.sequenced(ledger_stream(), alert("home"))
        await stream.ensure()
        for number, line in enumerate((KEPT / "audit.jsonl").read_bytes().splitlines(keepends=True)):
            await stream.append(line, f"line-{number}", number)


def messages() -> list[tuple[str, dict[str, str], bytes]]:
    """Subject, headers and body of what its rooms say."""
    kept = json.loads((KEPT / "messages.json").read_text())
    return [(subject, headers, base64.b64decode(body)) for subject, headers, body in kept]
