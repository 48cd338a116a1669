"""The gate with its store: what it takes and refuses, and what it keeps, whatever the clocks show."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.bus.models import CameraRef
from services.ingest.consent.gate import AGAIN_S, REFUSED_SHOWN_S, Gate
from services.ingest.consent.questions import PATIENCE_S, RENEW_S
from services.ingest.consent.store import UNREADABLE_S, Store
from services.ingest.metrics import IngestMetrics
from services.runtime.clock import Instant
from services.runtime.metrics import Metrics
from tests.services.ingest.consent.ward import HOLDS, Ward, carried

CAMERA = CameraRef(site="demo", ward="ward-1", room="room-1", camera="cam-1")
OTHER = CameraRef(site="demo", ward="ward-1", room="room-1", camera="cam-2")


@dataclass
class TwoClocks:
    """A machine's: the monotonic one goes on, the wall clock shows whatever it was set to."""

    mono: float = 1000.0
    wall: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> Instant:
        """Both."""
        return Instant(self.mono, self.wall)

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.mono += seconds
        self.wall += timedelta(seconds=seconds)


class Room:
    """A device with a gate, and the ward that it was given the key of."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ward, self.clock, self.boot = folder, Ward(), TwoClocks(), "boot-1"
        folder.mkdir(exist_ok=True)
        self.gate = self.started()

    def started(self) -> Gate:
        """A process of the device, from what its disk holds."""
        self.metrics = Metrics()
        store = Store(self.folder, [self.ward.public], self.boot)
        cameras = {"cam-1": CAMERA, "cam-2": OTHER}
        metrics = IngestMetrics(self.metrics, cameras)
        self.gate = Gate(cameras, [self.ward.public], store, metrics, self.clock)
        return self.gate

    def rebooted(self) -> Gate:
        """The same after the machine was off; its monotonic clock begins anew."""
        self.boot, self.clock.mono = self.boot + "x", 5.0
        return self.started()

    async def say(self, camera: CameraRef = CAMERA, **changed: object) -> None:
        """The ward says something, and the room hears it at once."""
        await self.gate.hear(self.ward.message(self.ward.statement(camera, self.gate.question(), **changed)))

    def counted(self, verdict: str) -> bool:
        """Whether exactly one statement came to this."""
        return f'statements_total{{verdict="{verdict}"}} 1.0' in self.metrics.render().decode()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path / "consent")


async def test_the_wards_word_opens_its_camera_and_no_other(room: Room) -> None:
    assert not room.gate.may("cam-1")
    await room.say()
    assert room.gate.may("cam-1")
    assert not room.gate.may("cam-2")


async def test_what_nobody_renews_ends(room: Room) -> None:
    await room.say()
    room.clock.advance(HOLDS.total_seconds())
    assert room.gate.verdict("cam-1").status == "consent_unknown"


async def test_what_is_refused_changes_nothing_and_is_told(room: Room) -> None:
    before = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    await room.say(windows=(room.ward.window(-1, 600),))
    forged = room.ward.message(room.ward.statement(CAMERA, room.gate.question()), Ed25519PrivateKey.generate())
    others = room.ward.message(room.ward.statement(OTHER, room.gate.question()))
    moved = carried(CAMERA, others.statement, others.signature)
    for message, why in ((before, "replayed"), (forged, "unsigned"), (moved, "other_camera")):
        await room.gate.hear(message)
        assert room.gate.verdict("cam-1").status == "paused"
        assert room.gate.refused("cam-1") == why
        assert room.counted(why)
        assert not room.gate.refused("cam-2")
    room.clock.advance(REFUSED_SHOWN_S)
    assert not room.gate.refused("cam-1")


async def test_a_word_that_was_held_back_is_not_taken(room: Room) -> None:
    """It is newer than what the room has, and signed: only the question shows that it is old."""
    held_back = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    room.clock.advance(PATIENCE_S + 1)
    await room.gate.hear(held_back)
    assert not room.gate.may("cam-1")
    assert room.counted("stale")


async def test_one_question_serves_half_a_minute_and_its_answers_some_more(room: Room) -> None:
    first = room.gate.question()
    room.clock.advance(RENEW_S - 1)
    assert room.gate.question() == first
    room.clock.advance(1)
    assert room.gate.question() != first
    await room.gate.hear(room.ward.message(room.ward.statement(CAMERA, first)))
    assert room.gate.may("cam-1")


async def test_pauses_and_consents_survive_the_process_and_questions_do_not(room: Room) -> None:
    await room.say()
    await room.gate.pause("cam-1", 600, "privacy")
    await room.say(OTHER, windows=(room.ward.window(-1, 600),))
    recorded = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    room.started()
    assert room.gate.verdict("cam-1").by == "room"
    assert room.gate.verdict("cam-2").by == "nurse"
    await room.gate.hear(recorded)
    assert room.counted("stale"), "it answers a question of the process before"
    room.clock.advance(601)
    assert room.gate.may("cam-1"), "the consent of before is good for as long as it was"


async def test_a_button_that_is_pressed_without_end_wears_no_disk(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reaches its page may press it; a pause that is longer, or was lifted meanwhile, begins at once."""
    caplog.set_level(logging.INFO, "veilward.ingest")
    await room.say()

    async def pressed(times: int, seconds: float = 900.0) -> int:
        """How often the file was written."""
        caplog.clear()
        for _ in range(times):
            await room.gate.pause("cam-1", seconds, "")
            assert room.gate.verdict("cam-1").status == "paused"
        return sum(record.message == "paused_in_room" for record in caplog.records)

    assert await pressed(50) == 1
    assert await pressed(50, 1800.0) == 1
    room.clock.advance(AGAIN_S)
    assert await pressed(50, 1800.0) == 1
    assert room.gate.verdict("cam-1").left_s == 1800.0
    lifted = [room.gate.verdict("cam-1").pause]
    while (pause := room.gate.verdict("cam-1").pause) and len(lifted) < 4:
        await room.say(lifted=tuple(dict.fromkeys((*lifted, pause))))
        lifted.append(room.gate.verdict("cam-1").pause)
    assert room.gate.may("cam-1")
    assert await pressed(1, 1800.0) == 1


async def test_a_machine_that_was_off_begins_a_pause_anew_and_waits_for_the_ward(room: Room) -> None:
    await room.say()
    await room.gate.pause("cam-1", 600, "privacy")
    room.clock.advance(500)
    room.rebooted()
    room.clock.advance(599)
    assert room.gate.verdict("cam-1").status == "paused"
    room.clock.advance(1)
    assert room.gate.verdict("cam-1").status == "consent_unknown"
    await room.say()
    assert room.gate.may("cam-1")


async def test_a_number_of_before_is_refused_after_a_restart_too(room: Room) -> None:
    await room.say(number=700)
    room.rebooted()
    await room.say(number=700)
    assert not room.gate.may("cam-1")
    assert room.counted("replayed")


async def test_a_lost_store_waits_for_an_answer_to_its_own_question(room: Room) -> None:
    old = [room.ward.message(room.ward.statement(CAMERA, room.gate.question())) for _ in range(3)]
    await room.say(basis="withdrawn")
    for file in room.folder.iterdir():
        file.unlink()
    room.started()
    for message in old:
        await room.gate.hear(message)
    assert not room.gate.may("cam-1")
    await room.say()
    assert room.gate.may("cam-1")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"format":2}'])
async def test_a_store_that_cannot_be_read_may_have_held_a_pause(room: Room, content: bytes) -> None:
    await room.say()
    (room.folder / "cam-1.json").write_bytes(content)
    room.started()
    await room.say()
    assert room.gate.verdict("cam-1").status == "paused"
    room.started()
    room.clock.advance(UNREADABLE_S + 1)
    await room.say()
    assert room.gate.may("cam-1")


async def test_a_statement_that_was_changed_on_the_disk_is_not_believed(room: Room) -> None:
    await room.say(basis="withdrawn")
    path = room.folder / "cam-1.json"
    path.write_text(path.read_text().replace("withdrawn", "given"))
    room.started()
    assert room.gate.verdict("cam-1").status == "consent_unknown"


async def test_where_nothing_can_be_kept_nothing_is_processed(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.say()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        await room.say(windows=(room.ward.window(300, 600),))
        assert room.gate.verdict("cam-1").why == "store"
        with pytest.raises(OSError, match="space"):
            await room.gate.pause("cam-2", 600, "")
        assert room.gate.verdict("cam-2").status == "paused"
    await room.say(windows=(room.ward.window(300, 600),))
    assert room.gate.may("cam-1")


Step = Callable[[Room], None]
SETS = st.integers(-400, 400).map(timedelta)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("passes"), st.floats(0.1, 400)),
        st.tuples(st.just("set"), SETS),
        st.tuples(st.just("restarts"), st.none()),
        st.tuples(st.just("boots"), st.none()),
        st.tuples(st.just("replays"), st.none()),
    ),
    max_size=12,
)


@given(steps=STEPS, lasts=st.integers(60, 1000))
def test_no_step_of_the_wall_clock_no_restart_and_no_replay_ends_a_pause(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]], lasts: int
) -> None:
    """A pause of the room and one of the ward; the ward says nothing more, and others repeat what it said before."""
    room = Room(tmp_path_factory.mktemp("gate") / "consent")

    async def lived() -> None:
        await room.say()
        await room.say(OTHER)
        said = [room.ward.message(room.ward.statement(one, room.gate.question())) for one in (CAMERA, OTHER)]
        await room.gate.pause("cam-1", lasts, "privacy")
        await room.say(OTHER, windows=(room.ward.window(0, lasts),))
        passed = 0.0
        for what, value in steps:
            if what == "passes" and isinstance(value, float):
                room.clock.advance(value)
                passed += value
            elif what == "set" and isinstance(value, timedelta):
                room.clock.wall += value
            elif what == "restarts":
                room.started()
            elif what == "boots":
                room.rebooted()
            else:
                for message in said:
                    await room.gate.hear(message)
            if passed < lasts:
                assert not room.gate.may("cam-1")
                assert not room.gate.may("cam-2")

    asyncio.run(lived())
