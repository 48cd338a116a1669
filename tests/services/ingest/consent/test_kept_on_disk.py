"""What a room keeps of consents and pauses over restarts; and where its disk lost it, changed it or takes nothing."""

from __future__ import annotations

import logging
import os

import pytest

from services.ingest.consent.kept_camera import AGAIN_S
from services.ingest.consent.store import UNREADABLE_S
from tests.services.ingest.consent.room import CAMERA, OTHER, Room


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
