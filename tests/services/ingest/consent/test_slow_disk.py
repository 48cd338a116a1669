"""What closes a camera is in force whatever the disk does under another one."""

from __future__ import annotations

import asyncio

import pytest

from tests.services.ingest.consent.room import OTHER, Room
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
