"""The version before and this one side by side on the bus: upgrade and rollback lose no alarm and double none.

Both replicas share one ledger, one lease, one Redis, one database; rooms of this version speak to both. The version
before is a commit of this repository, run from its source; a clone that does not hold it, as a shallow one, says so,
and has test_taken_over.py, of what that version left behind.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.process import ProcessError
from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from tests.services.alerts.before import EarlierReplica, acts, calm_levels, hurts, launcher, source_of_before
from tests.services.alerts.notify.receiver import Receiver, receiving
from tests.services.alerts.replicas import Replica, leaders, leads
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source of the version before."""
    try:
        return source_of_before(tmp_path_factory.mktemp("before"))
    except LookupError as error:
        pytest.skip(str(error))


async def called(receiver: Receiver, room: str) -> None:
    async def it_was() -> bool:
        return any(one["change"] == "raised" and one["group"] == f"ward-1/{room}" for one in receiver.bodies())

    await eventually(it_was)


def raised(replica: Replica) -> Counter[str]:
    """How often each room's alert is raised in its copy of the audit log."""
    return Counter(one["alert"]["camera"].split("/")[1] for one in replica.lines() if one["change"] == "raised")


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
        old = EarlierReplica(before, fresh_pair, fresh_redis.url, tmp_path, "alerts-0", **told)
        new = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-1", **told)
        try:
            async with calm_levels(rooms):
                await old.begin()
                await leads(old)
                await hurts(rooms, "room-1")
                await called(receiver, "room-1")
                await acts(old, "room-1", "ack")
                await new.begin()
                await hurts(rooms, "room-2")  # while both are there
                await called(receiver, "room-2")
                old.stop()
                await hurts(rooms, "room-3")  # while nobody leads
                await leads(new)
                await called(receiver, "room-3")
                await acts(new, "room-2", "ack")
            assert leaders(new)[:2] == ["alerts-0", "alerts-1"]
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
        old = EarlierReplica(before, fresh_pair, fresh_redis.url, tmp_path, "alerts-0", **told)
        new = Replica(fresh_pair, fresh_redis.url, tmp_path, "alerts-1", **told)
        try:
            async with calm_levels(rooms):
                await old.begin()
                await leads(old)
                await hurts(rooms, "room-1")
                await called(receiver, "room-1")
                await acts(old, "room-1", "ack")
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
                await acts(old, "room-2", "ack")
            assert leaders(old)[:3] == ["alerts-0", "alerts-1", "alerts-0"]
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
