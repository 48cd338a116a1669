"""An installation of before, taken over by a real process: its Redis, its audit log; and a hub without a LEDGER yet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.redis_server import RedisServer
from services.alerts.audit import records_command
from services.alerts.audit.audit_file import verify
from services.bus.streams import ledger_stream
from services.bus.subjects import alert
from tests.services.alerts.intake.format_2 import KEPT, as_it_was
from tests.services.alerts.process import AlertsProcess
from tests.support.waiting import eventually

LINES = (KEPT / "audit.jsonl").read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("redis_lost", [False, True])
async def test_no_open_alert_is_lost_and_the_bus_has_the_whole_log(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path, redis_lost: bool
) -> None:
    folder = tmp_path / "alerts"
    folder.mkdir()
    shutil.copyfile(KEPT / "audit.jsonl", folder / "audit.jsonl")
    if not redis_lost:
        await as_it_was(fresh_redis.url)
    key = tmp_path / "audit.key"
    assert records_command.main(["key", "--private", str(key), "--public", str(tmp_path / "audit.pub")]) == 0
    await fresh_pair.wait_joined()
    await fresh_pair.provision()
    process = AlertsProcess(fresh_pair, fresh_redis.url, folder, audit_key=key)
    try:
        await process.serve()
        held = {("room-1", 2), ("room-4", 3), ("room-5", 3)} | (set() if redis_lost else {("room-7", 3)})

        async def are_there() -> bool:
            return await process.open_levels() >= held

        await eventually(are_there)
        assert await process.open_levels() == held
        assert process.stop() == 0
    finally:
        process.kill()
    whole = process.audit.read_bytes().splitlines(keepends=True)
    assert whole[: len(LINES)] == LINES, "the chain goes on behind the old lines, which stay as they were"
    assert verify(process.audit) == len(whole) > len(LINES)
    raised = [one["alert"]["id"] for one in map(json.loads, whole) if one["change"] == "raised"]
    assert len(raised) == len(set(raised))
    async with fresh_pair.bus("alerts", streams=False) as bus:
        stream = bus.sequenced(ledger_stream(), alert("home"))
        kept: list[bytes] = []
        while some := await stream.read(len(kept) + 1):
            kept += some
    assert kept == whole
    heads = tmp_path / "heads.jsonl"
    process.answer("records", "heads", "--out", str(heads))
    given = ("--log", str(process.audit), "--heads", str(heads), "--key", str(tmp_path / "audit.pub"))
    assert f"signed up to line {len(whole)} " in process.answer("records", "verify", *given)
