"""An installation from before alerts had a life cycle: its Redis and its audit log, captured from that version."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from services.alerts.errors import StoreCorrupt
from services.alerts.intake.recovery import StreamReplay, restore
from services.alerts.policy.alert import Alert, AlertStatus, Outcome
from services.alerts.upgrade import upgraded_alert, upgraded_record
from services.bus.delivery import Delivery
from tests.services.alerts.bench import NOWHERE, Bench
from tests.services.alerts.intake.format_2 import KEPT, KEYS, as_it_was, kept


async def nothing() -> AsyncIterator[Delivery]:
    for never in ():
        yield never


async def taken_over(directory: Path, url: str) -> Bench:
    """This version, started on the old one's files half a minute later."""
    shutil.copyfile(KEPT / "audit.jsonl", directory / "audit.jsonl")
    bench = Bench(directory, url)
    bench.at(280)
    await restore(bench.ward_state, bench.store, bench.audit.index, bench.now)
    await bench.mirror.write_back()
    await StreamReplay(bench.writer).run(nothing())
    return bench


def life(alert: Alert) -> tuple[str, int, AlertStatus, str | None]:
    return alert.camera.split("/")[1], alert.level, alert.status, alert.ack.by.name if alert.ack else None


OPEN = {
    ("room-1", 2, AlertStatus.ACKNOWLEDGED, "Ada"),
    ("room-4", 3, AlertStatus.RAISED, None),
    ("room-5", 3, AlertStatus.RAISED, "Bo"),
}


@pytest.mark.parametrize("redis_lost", [False, True])
async def test_no_open_alert_is_lost_and_the_chain_goes_on(
    fresh_redis: RedisServer, tmp_path: Path, redis_lost: bool
) -> None:
    await as_it_was(fresh_redis.url)
    lines = verify(KEPT / "audit.jsonl")
    held = set() if redis_lost else {("room-7", 3, AlertStatus.RAISED, None)}
    bench = await taken_over(tmp_path, NOWHERE if redis_lost else fresh_redis.url)
    assert bench.audit.broken is None
    assert {life(one) for one in bench.ward_state.open_alerts()} == OPEN | held
    assert [one.camera.split("/")[1] for one in bench.ward_state.history] == ["room-3"]
    written = [json.loads(line) for line in bench.audit.copy.path.read_bytes().splitlines()[lines:]]
    changes = [(one["change"], one["alert"]["camera"].split("/")[1]) for one in written]
    assert len(changes) == len(set(changes)) == verify(bench.audit.copy.path) - lines
    assert [room for change, room in changes if change == "raised"] == [one[0] for one in held]
    for alert in bench.ward_state.open_alerts():
        await bench.arrive(alert.id, "Ada")
        await bench.resolve(alert.id, Outcome.NO_PAIN, "Ada")
    bench.audit.open()
    assert bench.audit.index.open.keys() <= {one.id for one in bench.ward_state.open_alerts()}
    assert verify(bench.audit.copy.path) == bench.audit.place.count


async def test_timers_that_ran_go_on_running(fresh_redis: RedisServer, tmp_path: Path) -> None:
    await as_it_was(fresh_redis.url)
    bench = await taken_over(tmp_path, fresh_redis.url)
    (promised,) = (one for one in bench.ward_state.open_alerts() if one.ack and one.ack.by.name == "Ada")
    assert promised.ack is not None
    await bench.tick((promised.ack.expires_at - bench.now + timedelta(seconds=280)).total_seconds())
    assert {life(one)[2] for one in bench.ward_state.open_alerts()} == {AlertStatus.RAISED}
    severe = {one.camera.split("/")[1] for one in bench.ward_state.open_alerts() if one.level == 3}
    assert severe == {"room-4", "room-5", "room-7"}


async def test_what_was_kept_is_kept_in_this_versions_format(fresh_redis: RedisServer, tmp_path: Path) -> None:
    await as_it_was(fresh_redis.url)
    bench = await taken_over(tmp_path, fresh_redis.url)
    async with Redis.from_url(fresh_redis.url, decode_responses=True) as redis:
        assert await redis.hget(f"{KEYS}:meta", "format") == "3"
    saved = await bench.store.load()
    assert saved is not None
    assert {one.state.camera: one for one in saved.records} == bench.ward_state.cameras


def test_what_is_no_record_of_that_version_is_refused() -> None:
    old = kept()
    record = next(one for one in old["cameras"].values() if one["state"]["alert"])
    alert = record["state"]["alert"]
    for name in ("signalled_at", "cleared_at", "ack"):
        with pytest.raises(StoreCorrupt):
            upgraded_alert({key: part for key, part in alert.items() if key != name})
    with pytest.raises(StoreCorrupt):
        upgraded_record({**record, "state": {"camera": "x"}})
    with pytest.raises(StoreCorrupt):
        upgraded_record({})
