"""A ward is lost with its machines; a backup brings it back on empty ones. Real NATS, Redis, databases, services."""

from __future__ import annotations

import asyncio
import json
import shutil
import stat
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from localsite.nats_pair import NatsPair
from localsite.postgres_server import PostgresServer
from localsite.process import ProcessError
from localsite.redis_server import start_redis
from services.alerts.audit import records_command
from services.alerts.audit.signature import make_keys
from services.alerts.backup import command
from services.alerts.backup.folder import MANIFEST, PARTS, RECORDS
from services.bus.models import PainMessage
from services.bus.subjects import STREAM_LEDGER, STREAM_WARD
from tests.deploy.told import told
from tests.services.alerts.process import AlertsProcess
from tests.services.alerts.rooms import Rooms, rooms_on
from tests.support.waiting import eventually

LONG_AGO = datetime.now(UTC) - timedelta(days=1)


@asynccontextmanager
async def ward(pair: NatsPair, folder: Path, keys: Path, database: str | None) -> AsyncIterator[AlertsProcess]:
    """An alerts process on a machine of its own, not started: with an empty Redis, an empty disk."""
    redis = start_redis(folder / "redis")
    settings: dict[str, object] = {"audit_key": keys / "audit.key"}
    settings |= {} if database is None else {"database_url": database}
    process = AlertsProcess(pair, redis.url, folder / "alerts", **settings)
    process.database = database or process.database
    try:
        yield process
    finally:
        process.kill()
        redis.kill()


def lose_hub(pair: NatsPair) -> None:
    """The hub is gone with its disk; another one begins in its place."""
    pair.hub.kill()
    shutil.rmtree(pair.hub.config.parent / "jetstream")
    pair.restart_hub()


async def hurts(rooms: Rooms, process: AlertsProcess, room: str) -> dict[str, Any]:
    """Somebody hurts there; the alert."""
    await rooms.pain(room, 2, 6.0)
    await rooms.pain(room, 2, 0.5)

    async def there() -> dict[str, Any] | None:
        return next((one for one in await process.open_alerts() if f"/{room}/" in one["camera"]), None)

    found = await eventually(there)
    assert found is not None
    return found


async def act(process: AlertsProcess, alert: dict[str, Any], verb: str, **body: str) -> None:
    async with await process.client() as client:
        (await client.post(f"/api/v1/alerts/{alert['id']}/{verb}", json=body)).raise_for_status()


async def signed(process: AlertsProcess, folder: Path) -> None:
    """Until a head on the bus tells of the log's last line."""

    async def told() -> bool:
        heads, log = folder / f"{uuid.uuid4().hex}.jsonl", process.audit.read_bytes().splitlines()
        await asyncio.to_thread(process.answer, "records", "heads", "--out", str(heads))
        newest = heads.read_bytes().splitlines()[-1:]
        return bool(newest) and json.loads(newest[0])["line"] == len(log)

    await eventually(told)


async def in_ward(pair: NatsPair) -> Counter[tuple[str, int]]:
    """How often each level is in the ward's stream."""
    async with pair.bus("alerts", streams=False) as bus:
        found = [one async for one in bus.replay(STREAM_WARD, LONG_AGO) if isinstance(one, PainMessage)]
    return Counter((one.envelope.camera.room, one.envelope.sequence) for one in found)


async def ledger(pair: NatsPair) -> list[bytes]:
    """The audit log's lines as the bus has them."""
    client = await pair.client("alerts")
    stream = client.jetstream()
    count = (await stream.stream_info(STREAM_LEDGER)).state.last_seq
    found = [(await stream.get_msg(STREAM_LEDGER, number)).data or b"" for number in range(1, count + 1)]
    await client.close()
    return found


@pytest.mark.parametrize("ways", ["sqlite-sqlite", "postgresql-postgresql", "sqlite-postgresql"])
async def test_on_an_empty_machine_the_log_verifies_and_what_was_open_is_open(
    ways: str, tmp_path: Path, fresh_pair: NatsPair, postgres_server: PostgresServer
) -> None:
    before, after = (postgres_server.new_database() if one == "postgresql" else None for one in ways.split("-"))
    make_keys(tmp_path / "audit.key", tmp_path / "audit.pub")
    copy = tmp_path / "copy"
    async with rooms_on(fresh_pair) as rooms:
        async with ward(fresh_pair, tmp_path / "lost", tmp_path, before) as process:
            await process.serve()
            ended, opened = await hurts(rooms, process, "room-1"), await hurts(rooms, process, "room-2")
            await act(process, ended, "ack")
            await act(process, ended, "arrive")
            await act(process, ended, "resolve", outcome="no_pain")
            await act(process, opened, "ack")
            await signed(process, tmp_path)
            said = await asyncio.to_thread(process.answer, "backup", "make", str(copy))
            assert said.startswith("backup of home of ")
            token = process._tokens["Ada"]
            await hurts(rooms, process, "room-3")  # is in no backup
        lose_hub(fresh_pair)
        async with ward(fresh_pair, tmp_path / "new", tmp_path, after) as process:
            process._tokens["Ada"] = token
            await asyncio.to_thread(process.answer, "backup", "restore", str(copy))
            await process.serve()
            found = {one["id"]: one for one in await process.open_alerts()}
            assert found[opened["id"]]["status"] == "acknowledged"
            assert found[opened["id"]]["raised_at"] == opened["raised_at"]
            assert ended["id"] not in found
            await hurts(rooms, process, "room-3")  # the rooms have kept its levels, and the new hub takes them
            await hurts(rooms, process, "room-4")
            await signed(process, tmp_path)
            assert await ledger(fresh_pair) == process.audit.read_bytes().splitlines(keepends=True)
            heads = tmp_path / "heads.jsonl"
            await asyncio.to_thread(process.answer, "records", "heads", "--out", str(heads))
            given = ["--log", str(process.audit), "--heads", str(heads), "--key", str(tmp_path / "audit.pub")]
            assert records_command.main(["verify", *given]) == 0
            log = (copy / "audit.jsonl").read_bytes()
            assert log and process.audit.read_bytes().startswith(log)
            levels = await in_ward(fresh_pair)
            assert {room for room, _ in levels} >= {"room-3", "room-4"}
            assert set(levels.values()) == {1}
            process.kill()
            await process.serve()  # and goes on where it is
            await hurts(rooms, process, "room-5")
            assert set((await in_ward(fresh_pair)).values()) == {1}


async def test_levels_from_before_the_backup_do_not_come_again(tmp_path: Path, fresh_pair: NatsPair) -> None:
    make_keys(tmp_path / "audit.key", tmp_path / "audit.pub")
    async with rooms_on(fresh_pair) as rooms:
        async with ward(fresh_pair, tmp_path / "lost", tmp_path, None) as process:
            await process.serve()
            await hurts(rooms, process, "room-1")
            await asyncio.to_thread(process.answer, "backup", "make", str(tmp_path / "copy"))
        lose_hub(fresh_pair)
        async with ward(fresh_pair, tmp_path / "new", tmp_path, None) as process:
            await asyncio.to_thread(process.answer, "backup", "restore", str(tmp_path / "copy"))
            await process.serve()
            await rooms.pain("room-2", 0)

            async def arrived() -> bool:
                return any(room == "room-2" for room, _ in await in_ward(fresh_pair))

            await eventually(arrived)
            assert {room for room, _ in await in_ward(fresh_pair)} == {"room-2"}


async def test_where_something_is_nothing_is_put(tmp_path: Path, fresh_pair: NatsPair) -> None:
    make_keys(tmp_path / "audit.key", tmp_path / "audit.pub")
    copy = tmp_path / "copy"
    async with rooms_on(fresh_pair) as rooms, ward(fresh_pair, tmp_path / "ward", tmp_path, None) as process:
        await process.serve()
        await hurts(rooms, process, "room-1")
        words = told("veilward-alerts backup make DIR", {"DIR": copy}).split()[1:]
        await asyncio.to_thread(process.answer, *words)
        async with ward(fresh_pair, tmp_path / "other", tmp_path, None) as other:
            with pytest.raises(ProcessError, match="a ward lives there"):
                other.answer("backup", "restore", str(copy))
            assert not other.audit.exists() and not other.audit.with_name("records.db").exists()
            other.answer(*told("veilward-alerts backup restore --records-alone DIR", {"DIR": copy}).split()[1:])
            with pytest.raises(ProcessError, match="the database is not empty"):
                other.answer("backup", "restore", "--records-alone", str(copy))
        lose_hub(fresh_pair)
        with pytest.raises(ProcessError, match="another process writes it"):
            process.answer("backup", "restore", str(copy))
        process.kill()
        with pytest.raises(ProcessError, match="is there, and nothing is written over"):
            process.answer("backup", "restore", str(copy))
        with pytest.raises(ProcessError, match="File exists"):
            process.answer("backup", "make", str(copy))


async def test_a_backup_is_closed_to_others_and_shows_every_harm(
    tmp_path: Path, fresh_pair: NatsPair, capsys: pytest.CaptureFixture[str]
) -> None:
    make_keys(tmp_path / "audit.key", tmp_path / "audit.pub")
    copy = tmp_path / "copy"
    async with rooms_on(fresh_pair) as rooms, ward(fresh_pair, tmp_path / "ward", tmp_path, None) as process:
        await process.serve()
        await hurts(rooms, process, "room-1")
        await asyncio.to_thread(process.answer, "backup", "make", str(copy))
        await asyncio.to_thread(process.answer, "tables", "--back-to", "0001")
        with pytest.raises(ProcessError, match="its tables are of version 0001, not"):
            await asyncio.to_thread(process.answer, "backup", "make", str(tmp_path / "failed"))
        assert not (tmp_path / "failed").exists(), "or the next one by this name is refused"
    assert {one.name for one in copy.iterdir()} == {*PARTS, MANIFEST}, "no store of a room's, no key"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in copy.iterdir()} == {0o600}
    assert command.main(["check", str(copy)]) == 0
    for name in (*PARTS, MANIFEST):
        harmed = tmp_path / f"harmed-{name}"
        shutil.copytree(copy, harmed)
        content = (harmed / name).read_bytes() or b"{}\n"
        (harmed / name).write_bytes(content[: len(content) // 2])
        assert command.main(["check", str(harmed)]) == 1, name
    (copy / MANIFEST).unlink()
    assert command.main(["check", str(copy)]) == 1
    assert f"no whole backup: {copy / 'manifest.json'}: No such file" in capsys.readouterr().err
    assert (copy / RECORDS).read_bytes()
