"""A test room's levels raise an alert that is measured, and nothing of them reaches what the ward knows of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerts.actor import typed_name
from services.alerts.errors import UnknownTestRoom
from services.alerts.policy.alert import Change
from services.alerts.policy.alert_policy import AlertPolicy
from services.alerts.policy.errors import AlertConflict
from services.alerts.policy.evidence import Verdict
from services.alerts.policy.life_cycle import Accept, Arrive
from services.alerts.policy.thresholds import Thresholds
from services.alerts.state.camera_record import encode_record
from services.alerts.state.probe_book import standing_of_nobody
from services.alerts.state.ward_state import MessageEffect, WardState
from services.bus.models import CameraRef, Message
from services.site.records import Camera, Room, Site, Ward
from tests.services.alerts.bench import Bench
from tests.services.alerts.rooms import Epoch

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
HOUR, GRACE = timedelta(hours=1), timedelta(minutes=10)
RESIDENTS, TEST = ("room-1", "room-2"), "test-1"


def site() -> Site:
    """Two rooms with a resident each, and a test room in the same ward."""
    rooms = [Room(id=one, name=one, cameras=[camera(f"cam-{one}")]) for one in RESIDENTS]
    rooms.append(Room(id=TEST, name="Test room", test=True, cameras=[camera("cam-test-1")]))
    return Site("home", (Ward(id="ward-1", name="Garden ward", rooms=rooms),))


def camera(name: str) -> Camera:
    return Camera(id=name, name="Bed", token_sha256="a" * 64)


def ward() -> WardState:
    return WardState(site(), AlertPolicy(Thresholds()), START)


@dataclass(frozen=True)
class Step:
    """What happens gap_s after the step before: a level or a state of a room, and whether timers and people act."""

    room: str
    gap_s: float
    level: int
    status: str
    tick: bool
    act: bool


steps = st.lists(
    st.builds(
        Step,
        room=st.sampled_from((*RESIDENTS, TEST, TEST)),
        gap_s=st.sampled_from([0.0, 0.5, 5.0, 5.0, 15.0, 60.0, 4000.0]),
        level=st.integers(0, 3),
        status=st.sampled_from(["", "", "", "offline", "live"]),
        tick=st.booleans(),
        act=st.booleans(),
    ),
    max_size=30,
)


def said(epoch: Epoch, step: Step, now: datetime) -> Message:
    if step.status:
        return epoch.state(step.room, "ingest", step.status, now)
    return epoch.pain(step.room, step.level, now - timedelta(seconds=0.9), published=now)


def known(of: WardState) -> object:
    """All that pages, records, receivers and stores are made of."""
    records = {key: encode_record(one) for key, one in of.cameras.items()}
    rooms = [(one.id, room.id) for one in of.site.wards for room in one.rooms]
    return records, list(of.history), of.open_alerts(), of.rooms, of.listed, rooms


def acted(of: WardState, now: datetime) -> list[object]:
    """Somebody answers every open alert: accepts it, or arrives."""
    found: list[object] = []
    for alert in of.open_alerts():
        act = Arrive if alert.ack else Accept
        try:
            found.append(of.act_in_room(alert.id, act(typed_name("Ada")), now))
        except AlertConflict as error:
            found.append(type(error))
    return found


@settings(max_examples=200, deadline=None)
@given(steps)
def test_whatever_a_test_room_shows_the_ward_is_as_if_there_were_none(given_steps: list[Step]) -> None:
    alone, beside, epoch, now = ward(), ward(), Epoch(), START
    for step in given_steps:
        now += timedelta(seconds=step.gap_s)
        message = said(epoch, step, now)
        effect = beside.apply(message, now)
        if step.room == TEST:
            assert effect.verdict is Verdict.TEST and effect.transitions == ()
        else:
            assert effect == alone.apply(message, now)
        if step.tick:
            assert beside.tick(now) == alone.tick(now)
        if step.act:
            assert acted(beside, now) == acted(alone, now)
    assert known(beside) == known(alone)
    assert TEST not in repr(known(beside))


def show(
    of: WardState, at: datetime, levels: Sequence[int] = (3, 3), epoch: Epoch | None = None
) -> list[MessageEffect]:
    """A show of the virtual camera: one level each 5 s."""
    epoch, effects = epoch or Epoch(), []
    for number, level in enumerate(levels):
        captured = at + timedelta(seconds=5 * number)
        effects.append(of.apply(epoch.pain(TEST, level, captured), captured + timedelta(seconds=0.9)))
    return effects


def test_a_show_raises_an_alert_that_is_measured_and_the_next_one_another() -> None:
    of, epoch = ward(), Epoch()
    for begin in (START, START + HOUR):
        first, second = show(of, begin, epoch=epoch)
        assert first.probe is None
        assert second.probe is not None and second.probe.camera.room == TEST
        assert second.probe.seconds == pytest.approx(5.9)
    assert not of.open_alerts() and not of.history


def test_the_same_levels_of_a_resident_call_the_ward() -> None:
    of, epoch = ward(), Epoch()
    for number in range(2):
        at = START + timedelta(seconds=5 * number)
        effect = of.apply(epoch.pain("room-1", 3, at), at + timedelta(seconds=0.9))
    assert [one.change for one in effect.transitions] == [Change.RAISED]


def test_what_raises_no_alert_in_time_is_late_until_one_comes() -> None:
    of = ward()
    late = partial(lambda at: [one.room for one in of.probes.late(at)])
    assert late(START + HOUR + GRACE) == []
    show(of, START + HOUR, levels=(0, 0, 1, 0))
    assert late(START + HOUR + GRACE + timedelta(seconds=1)) == [TEST]
    show(of, START + 2 * HOUR)
    assert late(START + 3 * HOUR) == []
    of.move(timedelta(days=-1))
    assert late(START + 3 * HOUR - timedelta(days=1)) == []
    assert late(START + 4 * HOUR - timedelta(days=1)) == [TEST]


def test_a_test_room_that_the_site_does_not_name_is_nobodys_too() -> None:
    of = ward()
    epoch = Epoch()
    with pytest.raises(UnknownTestRoom):
        of.apply(epoch.pain("test-2", 3, START), START)
    other = CameraRef(site="home", ward="ward-9", room=TEST, camera="cam-test-1")
    message = epoch.pain(TEST, 3, START).model_copy(update={"envelope": epoch.envelope(other, "pain", START, START)})
    with pytest.raises(UnknownTestRoom):
        of.apply(message, START)
    assert known(of) == known(ward())


def test_drawn_faces_may_be_processed_and_the_word_is_good_for_its_day() -> None:
    standing = standing_of_nobody(START, UTC)
    assert standing.allows(START.date()) and not standing.allows((START + timedelta(days=2)).date())


async def test_the_writer_counts_it_and_writes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, site=site())
    for number in range(3):
        at = START + timedelta(seconds=5 * number)
        bench.at(5 * number + 1.0)
        effect = await bench.writer.receive(bench.epoch.pain(TEST, 3, at), sequence=number + 7)
        assert effect.transitions == ()
    await bench.writer.tick()
    assert bench.mirror.sequence == 9, "what is read is not read again"
    assert bench.value("probe_last_alert_timestamp_seconds", camera="cam-test-1") == (START.timestamp() + 6)
    assert bench.value("probe_pixel_to_alert_seconds_count") == 1
    assert bench.value("raised_total", level="3") == bench.value("open", level="3") == 0
    assert bench.value("pixel_to_level_seconds_count") == bench.value("onset_to_alert_seconds_count") == 0
    assert not (tmp_path / "audit.jsonl").exists()
