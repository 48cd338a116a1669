"""What people do, and what calls nobody, while the audit log has not yet what came before it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from localsite.redis_server import RedisServer
from services.alerts.actor import typed_name
from services.alerts.audit.line import Entry
from services.alerts.intake.recovery import StreamReplay
from tests.services.alerts.bench import Bench
from tests.services.alerts.intake.restarting import restored
from tests.services.alerts.stream import stream
from tests.support.waiting import POLL_S, eventually


async def test_what_somebody_does_while_the_stream_is_replayed_is_written_once(
    fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """The log is slow: the act still waits for it when the replay is at its end."""
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    alert = await bench.raised()
    new = await restored(bench, tmp_path, fresh_redis.url)
    new.now = bench.now + timedelta(seconds=5)
    append, goes_on = new.audit.append, asyncio.Event()

    async def slowly(entries: Sequence[Entry], over: Callable[[], bool]) -> int:
        await goes_on.wait()
        return await append(entries, over)

    new.audit.append = slowly  # type: ignore[method-assign]
    acting = asyncio.create_task(new.accept(alert, "Ada"))

    async def waits() -> bool:
        return bool(new.journal.pending)

    await eventually(waits)
    replaying = asyncio.create_task(StreamReplay(new.writer).run(stream(new.sent)))
    await asyncio.wait([replaying], timeout=POLL_S)
    goes_on.set()
    await asyncio.gather(acting, replaying)
    lines = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()]
    assert [one["change"] for one in lines if one.get("alert", {}).get("id") == alert] == ["raised", "acknowledged"]


async def test_what_somebody_does_about_an_alert_that_was_never_written_has_its_raising_before_it(
    fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """The leader died before the log heard of the alert; somebody acts before the stream is read."""
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    alert = await bench.raised()
    new = await restored(bench, tmp_path, fresh_redis.url, told=False)
    new.now = bench.now + timedelta(seconds=5)
    await new.accept(alert, "Ada")
    await StreamReplay(new.writer).run(stream(new.sent))
    lines = [json.loads(line) for line in (tmp_path / "other.jsonl").read_bytes().splitlines()]
    assert [one["change"] for one in lines if one.get("alert", {}).get("id") == alert] == ["raised", "acknowledged"]


@pytest.mark.parametrize("acts", [True, False])
async def test_what_called_nobody_calls_nobody_when_it_is_written_at_last(
    fresh_redis: RedisServer, tmp_path: Path, acts: bool
) -> None:
    """The room's alarms were paused, and the leader died before the log heard of the alert."""
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    bench.writer.desk.pause_room(("ward-1", "room-1"), typed_name("Bo"), 600, "", bench.now)
    alert = await bench.raised()
    new = await restored(bench, tmp_path, fresh_redis.url, told=False)
    new.now = bench.now + timedelta(seconds=5)
    if acts:
        await new.accept(alert, "Ada")
    await StreamReplay(new.writer).run(stream(new.sent))
    lines = [json.loads(line) for line in (tmp_path / "other.jsonl").read_bytes().splitlines()]
    (raised,) = [one for one in lines if one["change"] == "raised"]
    assert (raised["alert"]["id"], raised["calls"], raised["alert"]["signals"]) == (alert, False, 0)
