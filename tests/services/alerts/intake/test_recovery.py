"""After a start: the same state as without one, from Redis, from the stream, or from the stream and the audit log."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from services.alerts.policy.alert import AlertStatus
from tests.services.alerts.bench import START, Bench
from tests.services.alerts.intake.restarting import eventful, restarted


async def test_with_redis_nothing_is_lost_or_told_twice(fresh_redis: RedisServer, tmp_path: Path) -> None:
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    await eventful(bench)
    lines = verify(bench.audit.copy.path)
    new = await restarted(bench, tmp_path, fresh_redis.url)
    assert new.ward_state.cameras == bench.ward_state.cameras
    assert list(new.ward_state.history) == list(bench.ward_state.history)
    assert verify(bench.audit.copy.path) == lines


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


async def test_pain_of_a_time_without_the_bus_is_found_though_redis_was_written_all_the_time(
    fresh_redis: RedisServer, tmp_path: Path
) -> None:
    """The hub kept what the rooms said; whoever led until the start could not read it."""
    bench = Bench(tmp_path, fresh_redis.url)
    await bench.mirror.write_back()
    before = bench.epoch.pain("room-1", 0, START)
    bench.at(1)
    bench.sent.append(before)
    await bench.writer.receive(before, 1, before.envelope.published_at)
    for seconds, level in ((100, 3), (105, 3), *((later, 0) for later in range(110, 600, 5))):
        bench.sent.append(bench.epoch.pain("room-1", level, START + timedelta(seconds=seconds)))
    bench.at(600)
    await bench.mirror.refresh()
    new = await restarted(bench, tmp_path, fresh_redis.url)
    (alert,) = new.ward_state.open_alerts()
    assert (alert.level, alert.onset_at) == (3, START + timedelta(seconds=100))
    assert new.mirror.complete_until == bench.sent[-1].envelope.published_at
