"""After a start: the same state as without one, from Redis, from the stream, or from the stream and the audit log."""

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localsite.redis_server import RedisServer
from services.alerts.actor import typed_name
from services.alerts.audit.audit_file import AuditFile, verify
from services.alerts.audit.line import Entry
from services.alerts.intake.recovery import StreamReplay, live_floor, replay_from, restore
from services.alerts.policy.alert import AlertStatus, Outcome
from tests.services.alerts.bench import NOWHERE, START, Bench
from tests.services.alerts.stream import stream
from tests.support.waiting import POLL_S, eventually

HOUR = timedelta(hours=1)


async def restored(old: Bench, directory: Path, redis_url: str = NOWHERE, *, told: bool = True) -> Bench:
    """A new process on the old one's site, audit log and Redis, before the replay that it asks for."""
    new = Bench(directory, redis_url, old.site)
    new.now = old.now
    if not told:
        new.audit.copy.path.unlink()
        new.audit = new.journal.ledger = type(new.audit)(AuditFile(directory / "other.jsonl"), lambda: new.stream)
        new.audit.open()
    saved = await restore(new.ward_state, new.store, new.audit.index, new.now)
    since = replay_from(saved, new.now, HOUR)
    new.writer.floor = live_floor(saved, new.now, HOUR)
    new.sent = [one for one in old.sent if one.envelope.published_at >= since]
    return new


async def restarted(old: Bench, directory: Path, redis_url: str = NOWHERE, *, told: bool = True) -> Bench:
    """The same after it."""
    new = await restored(old, directory, redis_url, told=told)
    await StreamReplay(new.writer).run(stream(new.sent))
    return new


async def eventful(bench: Bench) -> str:
    """One alert over, one accepted, one open, a technical state. Returns the accepted alert's id."""
    await bench.raised("room-3", 2)
    await bench.pain(10, 0, "room-3")
    await bench.pain(23, 0, "room-3")
    accepted = await bench.raised("room-1", 2, 30)
    bench.at(40)
    await bench.accept(accepted, "Ada")
    await bench.raised("room-4", 2, 45)
    await bench.state(52, "keyframe", "dark", "room-5")
    await bench.tick(60)
    return accepted


async def test_with_redis_nothing_is_lost_or_told_twice(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    await eventful(bench)
    lines = verify(bench.audit.copy.path)
    new = await restarted(bench, tmp_path, fresh_redis.url)
    assert new.ward_state.cameras == bench.ward_state.cameras
    assert list(new.ward_state.history) == list(bench.ward_state.history)
    assert verify(bench.audit.copy.path) == lines


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


async def test_without_redis_stream_and_audit_log_give_the_same_state(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    accepted = await eventful(bench)
    lines = verify(bench.audit.copy.path)
    new = await restarted(bench, tmp_path)
    assert new.ward_state.cameras == bench.ward_state.cameras
    assert {one.id for one in new.ward_state.history} == {one.id for one in bench.ward_state.history}
    (found,) = (one for one in new.ward_state.open_alerts() if one.id == accepted)
    assert (found.status, found.ack.by.name if found.ack else None) == (AlertStatus.ACKNOWLEDGED, "Ada")
    assert verify(bench.audit.copy.path) == lines


async def test_an_alert_older_than_the_replayed_window_stays_open(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    alert = await bench.raised()
    await bench.tick(7200)
    new = await restarted(bench, tmp_path)
    assert new.sent == []
    assert [one.id for one in new.ward_state.open_alerts()] == [alert]


async def test_calm_before_an_alert_does_not_clear_it_and_calm_after_it_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.pain(-40, 0)
    await bench.pain(-20, 0)
    alert = await bench.raised()
    new = await restarted(bench, tmp_path)
    assert [one.id for one in new.ward_state.open_alerts()] == [alert]
    for seconds in (10, 23):
        bench.sent.append(bench.epoch.pain("room-1", 0, START + timedelta(seconds=seconds)))
    bench.at(30)
    calm = await restarted(bench, tmp_path)
    assert calm.ward_state.open_alerts() == []
    assert calm.audit.index.open == {}


async def test_what_happened_while_nobody_ran_is_raised_told_and_written(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.pain(0, 0)
    for seconds in (10, 15):
        bench.sent.append(bench.epoch.pain("room-1", 3, START + timedelta(seconds=seconds)))
    bench.sent.append(bench.epoch.pain("room-3", 3, START + timedelta(seconds=15)))
    bench.at(60)
    new = await restarted(bench, tmp_path)
    assert {one.camera.split("/")[1] for one in new.ward_state.open_alerts()} == {"room-1", "room-3"}
    assert set(new.audit.index.open) == {one.id for one in new.ward_state.open_alerts()}
    assert new.value("raised_total", level="3") == 2


async def test_an_acknowledgement_that_ran_out_meanwhile_calls_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    accepted = await eventful(bench)
    bench.at(400)
    new = await restarted(bench, tmp_path)
    (found,) = (one for one in new.ward_state.open_alerts() if one.id == accepted)
    assert (found.status, found.signals) == (AlertStatus.RAISED, 2)
    assert new.value("ack_expired_total", level="2") == 1


async def test_a_written_alert_gives_way_to_no_other_that_a_replay_with_a_set_clock_makes(tmp_path: Path) -> None:
    """All that is replayed falls on one moment, so that a lone piece before it would begin another episode."""
    bench = Bench(tmp_path)
    await bench.pain(0, 2)
    await bench.pain(25, 0)
    alert = await bench.raised("room-1", 2, 60)
    lines = verify(bench.audit.copy.path)
    await bench.set_clock(-86400)
    new = Bench(tmp_path, NOWHERE, bench.site)
    new.hand.wall, new.hand.mono = bench.hand.wall, bench.hand.mono
    new.clock.take_step()
    await StreamReplay(new.writer).run(stream(bench.sent))
    assert [one.id for one in new.ward_state.open_alerts()] == [alert]
    assert verify(bench.audit.copy.path) == lines
    assert set(new.audit.index.open) == {alert}


async def test_what_redis_knows_as_ended_is_not_opened_again_in_place_of_what_came_after_it(
    fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """The disk was full: neither the end of the first alert nor the second one is written."""
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    first = await bench.raised()
    written = bench.audit.copy.path.read_bytes()
    bench.audit.copy.path.unlink()
    bench.audit.copy.path.mkdir()
    await bench.pain(10, 0)
    await bench.pain(23, 0)
    second = await bench.raised("room-1", 2, 60)
    bench.audit.copy.path.rmdir()
    bench.audit.copy.path.write_bytes(written)
    new = await restarted(bench, tmp_path, fresh_redis.url)
    assert [one.id for one in new.ward_state.open_alerts()] == [second]
    assert set(new.audit.index.open) == {second}
    assert first in new.audit.index.ended
    assert verify(bench.audit.copy.path) == 3


async def test_a_message_from_before_the_window_is_late_in_the_live_stream(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.tick(2 * 3600)
    new = await restarted(bench, tmp_path)
    old = Bench(tmp_path).epoch
    for seconds in (0, 5):
        message = old.pain("room-1", 3, START + timedelta(seconds=seconds))
        outcome = await new.writer.receive(message, sequence=0, stored_at=message.envelope.published_at)
        assert outcome.verdict == "late"
    assert new.ward_state.open_alerts() == []


steps = st.lists(
    st.tuples(
        st.sampled_from([1.0, 5.0, 5.0, 8.0, 16.0, 50.0]), st.integers(0, 3), st.sampled_from(["room-1", "room-3"])
    ),
    max_size=20,
)


@settings(max_examples=40, deadline=None)
@given(steps=steps, ack_at=st.integers(0, 19))
def test_a_lost_redis_changes_nothing(steps: list[tuple[float, int, str]], ack_at: int) -> None:
    """Any history with timers that run and one acknowledgement: rebuilt from stream and audit log, it is the same."""

    async def scenario(directory: Path) -> None:
        bench = Bench(directory)
        seconds = 0.0
        for index, (gap, level, room) in enumerate(steps):
            for quarter in range(1, 5):
                await bench.tick(seconds + gap * quarter / 4)
            seconds += gap
            await bench.pain(seconds, level, room)
            if index == ack_at and bench.ward_state.open_alerts():
                await bench.accept(bench.ward_state.open_alerts()[0].id, "Ada")
        await bench.tick(seconds + 1)
        new = await restarted(bench, directory)
        assert new.ward_state.open_alerts() == bench.ward_state.open_alerts()
        assert {key: one.levels for key, one in new.ward_state.cameras.items()} == {
            key: one.levels for key, one in bench.ward_state.cameras.items()
        }
        assert {one.id for one in new.ward_state.history} == {one.id for one in bench.ward_state.history}

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(scenario(Path(directory)))


async def test_what_a_person_ended_is_not_open_again_without_redis(tmp_path: Path) -> None:
    """The stream knows nothing of her outcome; pain after it is a new alert."""
    bench = Bench(tmp_path)
    first = await bench.raised("room-1", 2)
    await bench.arrive(first)
    await bench.resolve(first, Outcome.NO_PAIN)
    new = await restarted(bench, tmp_path)
    assert new.ward_state.open_alerts() == []
    assert [one.id for one in new.ward_state.history] == [first]
    await bench.pain(30, 2)
    await bench.pain(35, 2)
    (second,) = bench.ward_state.open_alerts()
    new = await restarted(bench, tmp_path)
    assert [one.id for one in new.ward_state.open_alerts()] == [second.id]
    assert second.id != first


async def test_what_redis_missed_the_end_of_is_over(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    first = await bench.raised("room-1", 2)
    bench.mirror.available = False
    await bench.arrive(first)
    await bench.resolve(first, Outcome.NO_PAIN)
    await bench.pain(30, 2)
    await bench.pain(35, 2)
    (second,) = bench.ward_state.open_alerts()
    new = await restarted(bench, tmp_path, fresh_redis.url)
    assert [one.id for one in new.ward_state.open_alerts()] == [second.id]
    assert [one.id for one in new.ward_state.history] == [first]


async def test_what_is_open_is_found_though_redis_missed_an_end_and_the_clock_was_set_back(
    fresh_redis: RedisServer, tmp_path: Path
) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    first = await bench.raised("room-1", 2)
    bench.mirror.available = False
    await bench.arrive(first)
    await bench.resolve(first, Outcome.NO_PAIN)
    await bench.set_clock(-86400.0)
    for seconds in (30, 35):
        bench.at(seconds + 0.9)
        message = bench.epoch.pain("room-1", 2, START + timedelta(days=-1, seconds=seconds))
        bench.sent.append(message)
        await bench.writer.receive(message)
    (second,) = bench.ward_state.open_alerts()
    new = Bench(tmp_path, fresh_redis.url, bench.site)
    new.hand.wall, new.hand.mono = bench.hand.wall, bench.hand.mono
    new.clock.take_step()
    await restore(new.ward_state, new.store, new.audit.index, new.now)
    await StreamReplay(new.writer).run(stream([]))
    assert [one.id for one in new.ward_state.open_alerts()] == [second.id]


async def test_what_ended_after_the_clock_was_set_back_is_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = await bench.raised("room-1", 2)
    await bench.set_clock(-86400.0)
    by = timedelta(days=-1)
    for _ in range(4):
        bench.at(bench.hand.mono + 10)
        message = bench.epoch.pain("room-1", 0, START + by + timedelta(seconds=bench.hand.mono - 0.9))
        bench.sent.append(message)
        await bench.writer.receive(message)
    assert bench.ward_state.open_alerts() == []
    new = Bench(tmp_path, NOWHERE, bench.site)
    new.hand.wall, new.hand.mono = bench.hand.wall, bench.hand.mono
    new.clock.take_step()
    await restore(new.ward_state, new.store, new.audit.index, new.now)
    await StreamReplay(new.writer).run(stream(bench.sent))
    assert new.ward_state.open_alerts() == []
    assert [one.id for one in new.ward_state.history] == [first]
