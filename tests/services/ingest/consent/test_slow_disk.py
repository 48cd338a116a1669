"""What closes a camera is in force whatever the disk does, under it or under another one."""

from __future__ import annotations

import asyncio

import pytest

from services.bus.models import ConsentMessage
from services.ingest.consent.hearing import listen
from services.ingest.consent.kept_camera import SAVE_S
from tests.services.ingest.consent.room import CAMERA, OTHER, Room
from tests.services.ingest.consent.slow_disk import SlowDisk
from tests.support.waiting import eventually


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_a_disk_that_hangs_under_one_camera_holds_no_other_open(
    room: Room, monkeypatch: pytest.MonkeyPatch, withdrawn: bool
) -> None:
    """While the first one's pause is being written, the second one is paused, or its consent withdrawn."""
    await room.say()
    await room.gate.hear(room.ward.message(room.ward.statement(OTHER, room.gate.question())))
    assert room.gate.may("cam-1") and room.gate.may("cam-2")
    disk = SlowDisk(monkeypatch)

    async def hangs() -> bool:
        return disk.writes == 1

    async def closed() -> bool:
        return not room.gate.may("cam-2")

    first = asyncio.create_task(room.gate.pause("cam-1", 60.0, ""))
    await eventually(hangs)
    assert not room.gate.may("cam-1")
    word = room.ward.message(room.ward.statement(OTHER, room.gate.question(), basis="withdrawn"))
    second = asyncio.create_task(room.gate.hear(word) if withdrawn else room.gate.pause("cam-2", 60.0, ""))  # type: ignore[arg-type]
    try:
        await eventually(closed)
        assert not first.done()
    finally:
        disk.end()
    await asyncio.gather(first, second)
    assert not room.gate.may("cam-2")


async def hanging(room: Room, disk: SlowDisk, writes: int = 1) -> None:
    """Until so many writes have begun, whose ends nobody sees."""

    async def begun() -> bool:
        return disk.writes >= writes

    await eventually(begun)


async def closed(room: Room, camera: str) -> None:
    """Until it is."""

    async def shut() -> bool:
        return not room.gate.may(camera)

    await eventually(shut)


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_what_closes_a_camera_waits_for_no_write_of_its_own(
    room: Room, monkeypatch: pytest.MonkeyPatch, withdrawn: bool
) -> None:
    """A newer number is being written; what comes meanwhile closes, and stands on the disk in the end."""
    await room.say()
    room.clock.advance(SAVE_S)
    disk = SlowDisk(monkeypatch)
    routine = asyncio.create_task(room.say())
    await hanging(room, disk)
    assert room.gate.may("cam-1")
    later = asyncio.create_task(room.say(basis="withdrawn") if withdrawn else told(room))
    try:
        await closed(room, "cam-1")
        assert not routine.done()
    finally:
        disk.end()
    await asyncio.gather(routine, later)
    assert not room.gate.may("cam-1")
    assert not room.started().may("cam-1")


async def told(room: Room) -> None:
    """The button of the first camera."""
    await room.gate.pause("cam-1", 600.0, "")


async def test_a_pause_begun_while_a_camera_is_being_opened_holds(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SlowDisk(monkeypatch)
    opening = asyncio.create_task(room.say())
    await hanging(room, disk)
    pause = asyncio.create_task(told(room))
    again = asyncio.create_task(told(room))  # both hands
    await asyncio.sleep(0)
    disk.end()
    await asyncio.gather(opening, pause, again)
    assert disk.writes == 2
    for gate in (room.gate, room.started()):
        assert gate.verdict("cam-1").status == "paused"


async def test_who_gives_up_waiting_leaves_the_disk_to_nobody_else(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone that goes away in the midst of a write; two that write one file would spoil it."""
    await room.say()
    disk = SlowDisk(monkeypatch)
    first = asyncio.create_task(told(room))
    await hanging(room, disk)
    first.cancel()
    second = asyncio.create_task(room.say(basis="withdrawn"))
    await closed(room, "cam-1")
    for _ in range(8):
        await asyncio.sleep(0)
    assert disk.writes == 1
    disk.end()
    await asyncio.gather(first, second, return_exceptions=True)
    assert room.started().verdict("cam-1").status == "paused"


class Said:
    """A bus on which the ward has said this much."""

    def __init__(self, *messages: ConsentMessage) -> None:
        self._messages = iter(messages)

    async def subscribe(self, subject: str, *, pending: int) -> Said:
        return self

    def __aiter__(self) -> Said:
        return self

    async def __anext__(self) -> ConsentMessage:
        try:
            return next(self._messages)
        except StopIteration:
            raise StopAsyncIteration from None


async def test_what_the_ward_says_of_another_camera_is_heard_meanwhile(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.say()
    await room.say(OTHER)
    disk = SlowDisk(monkeypatch)
    room.clock.advance(SAVE_S)
    routine = room.ward.message(room.ward.statement(CAMERA, room.gate.question()))
    withdrawn = room.ward.message(room.ward.statement(OTHER, room.gate.question(), basis="withdrawn"))
    hearing = asyncio.create_task(listen(Said(routine, withdrawn), room.gate))  # type: ignore[arg-type]
    try:
        await closed(room, "cam-2")
        assert not hearing.done()
    finally:
        disk.end()
    await hearing
