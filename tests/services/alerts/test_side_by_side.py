"""The version before and this one side by side on the bus: upgrade and rollback lose no alarm and double none.

Both replicas share one ledger, one lease, one Redis, one database; rooms of this version speak to both. The version
before is a commit of this repository, run from its source; a clone that does not hold it, as a shallow one, says so.
"""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.process import ProcessError
from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from tests.services.alerts.notify.receiver import Receiver, receiving
from tests.services.alerts.replicas import Replica, leads, reigns
from tests.services.alerts.ward import Rooms, rooms_on
from tests.support.waiting import eventually

ROOT = Path(__file__).parents[3]
BEFORE = "0dd7300b8e7bd802463c200bf54d86c5fa64c9a9"
"""The version that installations have. Move it on with each release."""
LAUNCHER = ROOT / "tests" / "support" / "old_source.py"
CALM = ("room-8", "room-9")
SCOPES = ("--scope", "see", "--scope", "act", "--every-ward")
"""Of a program's token that the version before makes: made by this version, it would bring the tables to this one's."""


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the version before."""
    done = subprocess.run(["git", "-C", str(ROOT), "archive", BEFORE, "services"], capture_output=True)
    if done.returncode:
        pytest.skip(f"this clone does not hold the commit {BEFORE}: fetch its history (git fetch --unshallow)")
    folder = tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


@asynccontextmanager
async def levels(rooms: Rooms) -> AsyncIterator[None]:
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


async def hurts(rooms: Rooms, room: str) -> None:
    """Two pieces of evidence."""
    await rooms.pain(room, 2, 6.0)
    await rooms.pain(room, 2, 1.0)


async def called(receiver: Receiver, room: str) -> None:
    async def it_was() -> bool:
        return any(one["change"] == "raised" and one["group"] == f"ward-1/{room}" for one in receiver.bodies())

    await eventually(it_was)


async def accepted(replica: Replica, room: str) -> None:
    """Somebody promises to go, on this replica's page."""
    async with await replica.client() as client:

        async def went() -> bool:
            found = (await client.get("/api/v1/alerts")).json()["open"]
            ids = [one["id"] for one in found if f"/{room}/" in one["camera"]]
            return bool(ids) and (await client.post(f"/api/v1/alerts/{ids[0]}/ack", json={})).is_success

        await eventually(went)


def raised(replica: Replica) -> Counter[str]:
    """How often each room's alert is raised in its copy of the audit log."""
    return Counter(one["alert"]["camera"].split("/")[1] for one in replica.lines() if one["change"] == "raised")


def launcher(folder: Path) -> tuple[str, ...]:
    """What runs a service from that source."""
    return sys.executable, str(LAUNCHER), str(folder)


def test_the_version_before_runs_from_its_own_source(before: Path) -> None:
    (before / "whence.py").write_text("import services.alerts.main as one; print(one.__file__)")
    done = subprocess.run([*launcher(before), sys.executable, "-m", "whence"], capture_output=True, text=True)
    assert done.stdout.strip() == str(before / "services" / "alerts" / "main.py"), done.stderr
    assert not (before / "services" / "probe").exists()


async def test_an_upgrade_loses_no_alarm(
    before: Path, fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    async with receiving() as receiver, rooms_on(fresh_pair) as rooms:
        told = {"webhook_urls": json.dumps([receiver.url])}
        old = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-0", launcher=launcher(before), **told)
        new = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-1", **told)
        try:
            async with levels(rooms):
                await old.begin()
                old._tokens["Ada"] = await asyncio.to_thread(old.answer, "people", "token", "Ada", *SCOPES)
                await leads(old)
                await hurts(rooms, "room-1")
                await called(receiver, "room-1")
                await accepted(old, "room-1")
                await new.begin()
                await hurts(rooms, "room-2")  # while both are there
                await called(receiver, "room-2")
                old.stop()
                await hurts(rooms, "room-3")  # while nobody leads
                await leads(new)
                await called(receiver, "room-3")
                await accepted(new, "room-2")
            assert reigns(new) == ["alerts-0", "alerts-1"]
            assert raised(new) == Counter({f"room-{number}": 1 for number in (1, 2, 3)})
            assert receiver.unmarked_repeats() == []
        finally:
            old.kill()
            new.kill()
    verify(new.audit)


async def test_a_rollback_over_a_migration_loses_no_alarm(
    before: Path, fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """As docs/operator.md tells it: a backup, the upgrade, the tables taken back, the version before."""
    copy = tmp_path / "copy"
    async with receiving() as receiver, rooms_on(fresh_pair) as rooms:
        told = {"webhook_urls": json.dumps([receiver.url])}
        old = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-0", launcher=launcher(before), **told)
        new = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-1", **told)
        try:
            async with levels(rooms):
                await old.begin()
                old._tokens["Ada"] = await asyncio.to_thread(old.answer, "people", "token", "Ada", *SCOPES)
                await leads(old)
                await hurts(rooms, "room-1")
                await called(receiver, "room-1")
                await accepted(old, "room-1")
                await asyncio.to_thread(old.answer, "backup", "make", str(copy))
                old.stop()
                await new.begin()
                await leads(new)
                await hurts(rooms, "room-2")
                await called(receiver, "room-2")
                with pytest.raises(ProcessError):  # it does not start on the later version's tables
                    await asyncio.to_thread(old.start().ports)
                version = json.loads((copy / "manifest.json").read_text())["tables"]
                await asyncio.to_thread(new.answer, "tables", "--back-to", version)
                await old.begin()
                await hurts(rooms, "room-3")  # while both are there, on the earlier tables
                await called(receiver, "room-3")
                new.stop()
                await hurts(rooms, "room-4")
                await leads(old)
                await called(receiver, "room-4")
                await accepted(old, "room-2")
            assert reigns(old) == ["alerts-0", "alerts-1", "alerts-0"]
            assert raised(old) == Counter({f"room-{number}": 1 for number in (1, 2, 3, 4)})
            assert receiver.unmarked_repeats() == []
            await the_backup_serves_where_the_database_is_lost(old, copy, tmp_path)
        finally:
            old.kill()
            new.kill()
    verify(old.audit)


def lose_database(folder: Path) -> None:
    for path in folder.glob("people.db*"):
        path.unlink()


async def the_backup_serves_where_the_database_is_lost(old: Replica, copy: Path, folder: Path) -> None:
    old.stop()
    lose_database(folder)
    await asyncio.to_thread(old.answer, "backup", "restore", "--records-alone", str(copy))
    await old.begin()
    await leads(old)
    async with await old.client() as client:  # with the token of before the upgrade
        (await client.get("/api/v1/alerts")).raise_for_status()
