"""The writer: alarms first, writing after; timers; what happens while nothing can be written."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.alerts.audit.audit_file import verify
from services.alerts.errors import PoisonMessage, UnknownWard
from services.alerts.notify.notification import Notification
from services.alerts.policy.alert import Change, Transition
from services.bus.messages import CameraRef
from tests.services.alerts.bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_people_hear_of_an_alert_before_anything_is_written(bench: Bench) -> None:
    lines: list[int] = []

    def listen(cameras: Sequence[str], transitions: Sequence[Transition]) -> None:
        if transitions:
            lines.append(bench.audit.copy.path.stat().st_size if bench.audit.copy.path.exists() else 0)

    bench.writer.listeners.append(listen)
    await bench.raised()
    assert lines == [0]
    assert verify(bench.audit.copy.path) == 1


async def test_timers_raise_a_lone_severe_level_and_end_an_acknowledgement(bench: Bench) -> None:
    await bench.pain(0, 3)
    await bench.tick(9)
    assert bench.ward_state.open_alerts() == []
    await bench.tick(10)
    (alert,) = bench.ward_state.open_alerts()
    await bench.accept(alert.id, "Ada")
    await bench.tick(189)
    assert bench.value("ack_expired_total", level="3") == 0
    await bench.tick(190)
    assert bench.value("ack_expired_total", level="3") == 1
    assert bench.value("open", level="3") == 1
    assert bench.value("onset_to_alert_seconds_sum") == 10
    assert bench.value("stale_cameras") == 1
    assert bench.value("unassessed_cameras") == 9
    assert verify(bench.audit.copy.path) == 3


async def test_without_redis_and_audit_log_it_still_fires_and_catches_up_on_writing(bench: Bench) -> None:
    heard: list[Change] = []
    bench.writer.listeners.append(lambda cameras, transitions: heard.extend(one.change for one in transitions))
    bench.audit.copy.path.mkdir()
    alert = await bench.raised("room-1", 3)
    await bench.accept(alert, "Ada")
    await bench.tick(20)
    assert heard == [Change.RAISED, Change.ACKNOWLEDGED]
    assert (bench.journal.audit_ok, bench.value("audit_up"), bench.value("redis_up")) == (False, 0, 0)
    bench.audit.copy.path.rmdir()
    await bench.tick(21)
    assert (bench.journal.audit_ok, bench.value("audit_up")) == (True, 1)
    assert verify(bench.audit.copy.path) == 2
    assert set(bench.audit.index.open) == {alert}


async def test_levels_are_measured_once_each(bench: Bench) -> None:
    await bench.pain(0, 1)
    await bench.writer.receive(bench.sent[0])
    assert bench.value("pixel_to_level_seconds_count") == 1
    assert bench.value("pixel_to_level_seconds_sum") == pytest.approx(0.9)
    assert bench.value("stage_seconds_count", stage="keyframe") == 1
    assert bench.value("messages_total", kind="pain", verdict="applied") == 1
    assert bench.value("messages_total", kind="pain", verdict="duplicate") == 1


async def test_poison_is_a_typed_error_and_its_metadata_is_bounded(bench: Bench) -> None:
    message = bench.epoch.pain("room-1", 3, bench.now)
    stranger = CameraRef(site="home", ward="other", room="room-1", camera="cam")
    envelope = message.envelope.model_copy(update={"camera": stranger})
    with pytest.raises(UnknownWard):
        await bench.writer.receive(message.model_copy(update={"envelope": envelope}))
    assert issubclass(UnknownWard, PoisonMessage)
    for number in range(150):
        bench.writer.reject(f"pain.v1.{number}" + "x" * 500, "bad_body")
    assert len(bench.writer.rejected) == 100
    assert max(len(one.subject) for one in bench.writer.rejected) == 80


@pytest.mark.parametrize(("year", "by"), [(1, -3600), (9999, 3600)])
async def test_a_clock_is_set_whatever_moments_rooms_have_told(bench: Bench, year: int, by: int) -> None:
    captured = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime(year, 12, 31, 23, 59, tzinfo=UTC)
    await bench.writer.receive(bench.epoch.pain("room-1", 2, captured, published=captured))
    await bench.set_clock(by)
    found = [change for seconds in (10, 15) for change in (await bench.pain(seconds, 2)).transitions]
    assert Change.RAISED in [one.change for one in found]


@pytest.mark.parametrize("by", [-86_400, 86_400])
async def test_a_call_that_may_be_a_repeat_is_marked_whatever_the_clock_is_set_to(tmp_path: Path, by: int) -> None:
    """A former leader may have made it and could write it nowhere; after a while it cannot have."""
    bench = Bench(tmp_path, urls=["http://127.0.0.1:9/hook"])
    await bench.raised(level=3)
    await bench.notifier.open(bench.ward_state.open_alerts())
    await bench.set_clock(by)
    marked = []
    for seconds in (70, 400):
        told: list[Notification] = []
        bench.notifier.receivers[0].queue.enqueue = lambda one, told=told: told.append(one)  # type: ignore[method-assign]
        await bench.tick(seconds)
        marked.append({one.redelivered for one in told if one.transition.change is Change.REPEATED})
    assert marked == [{True}, {False}]
