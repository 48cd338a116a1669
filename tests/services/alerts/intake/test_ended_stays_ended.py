"""What is over stays over after a start, and what is open is found: Redis or the log missed it, or a clock was set."""

from datetime import timedelta
from pathlib import Path

from localsite.redis_server import RedisServer
from services.alerts.audit.audit_file import verify
from services.alerts.intake.recovery import StreamReplay, restore
from services.alerts.policy.alert import Outcome
from tests.services.alerts.bench import NOWHERE, START, Bench
from tests.services.alerts.intake.restarting import restarted
from tests.services.alerts.stream import stream


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


async def test_what_began_before_the_replayed_window_and_ended_in_it_does_not_call_again(tmp_path: Path) -> None:
    """The stream is read from the middle of an alert that is over: what is read first is the same pain, no other."""
    bench = Bench(tmp_path)
    alert = await bench.raised("room-1", 3)
    for seconds in range(10, 200, 5):
        await bench.pain(seconds, 3)
    await bench.arrive(alert)
    await bench.resolve(alert, Outcome.PAIN_TREATED)
    for seconds in range(200, 300, 5):
        await bench.pain(seconds, 0)
    lines = verify(bench.audit.copy.path)
    bench.at(3700)
    new = await restarted(bench, tmp_path)
    assert new.sent[0].envelope.captured_at > START + timedelta(seconds=95)
    assert new.ward_state.open_alerts() == []
    assert verify(bench.audit.copy.path) == lines
    await bench.pain(3710, 3)
    await bench.pain(3715, 3)
    new = await restarted(bench, tmp_path)
    assert [one.id for one in new.ward_state.open_alerts()] == [one.id for one in bench.ward_state.open_alerts()]


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
