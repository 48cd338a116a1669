"""The audit log: one chain that all replicas have, that shows every change, and that one of them appends to."""

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.audit.audit_file import AuditFile, verify
from services.alerts.audit.ledger import Ledger
from services.alerts.errors import AuditTampered, AuditUnavailable, Deposed
from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Change, Transition
from services.alerts.policy.ward_act import WardAct, WardChange
from tests.services.alerts.kept_stream import KeptStream
from tests.support.waiting import PATIENCE_S

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def alert(name: str) -> Alert:
    return Alert(name, "ward-1/room-1/cam-room-1", 2, AlertStatus.RAISED, START, START, START, START, START)


def life(name: str) -> list[Transition]:
    """Raised, acknowledged, cleared."""
    raised = alert(name)
    later = START + timedelta(seconds=30)
    ack = Acknowledgement(typed_name("Ada"), later, later + timedelta(seconds=180))
    taken = replace(raised, status=AlertStatus.ACKNOWLEDGED, ack=ack, changed_at=later)
    cleared = replace(taken, status=AlertStatus.CLEARED, cleared_at=later)
    return [
        Transition(Change.RAISED, raised, START),
        Transition(Change.ACKNOWLEDGED, taken, later),
        Transition(Change.CLEARED, cleared, later),
    ]


def led(name: str) -> WardAct:
    return WardAct(WardChange.LED, "home", START, None, {"replica": name})


def opened(path: Path, stream: KeptStream) -> Ledger:
    one = Ledger(AuditFile(path), lambda: stream)
    one.open()
    return one


async def leading(path: Path, stream: KeptStream, name: str = "one") -> Ledger:
    one = opened(path, stream)
    await one.lead(led(name))
    return one


async def written(path: Path, stream: KeptStream | None = None) -> Ledger:
    """Six lines: who leads, one life, the beginning of another."""
    log = await leading(path, stream or KeptStream())
    assert await log.append(life("one")) == 3
    assert await log.append(life("two")[:2]) == 2
    return log


def changes(stream: KeptStream) -> list[str]:
    return [str(json.loads(line)["change"]) for line in stream.lines]


LIVES = ["led", "raised", "acknowledged", "cleared", "raised", "acknowledged"]


async def test_line_n_is_message_n_and_every_replica_has_the_same_file(tmp_path: Path) -> None:
    stream = KeptStream()
    await written(tmp_path / "a.jsonl", stream)
    other = opened(tmp_path / "b.jsonl", stream)
    assert await other.follow()
    assert not await other.follow()
    assert other.index.open == {"two": life("two")[1].alert}
    whole = (tmp_path / "a.jsonl").read_bytes()
    assert (tmp_path / "b.jsonl").read_bytes() == whole == b"".join(stream.lines)
    assert verify(tmp_path / "b.jsonl") == 6
    assert (tmp_path / "b.jsonl").stat().st_mode & 0o077 == 0


async def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path, stream = tmp_path / "audit.jsonl", KeptStream()
    await written(path, stream)
    again = opened(path, stream)
    assert again.broken is None
    assert again.index.ended.newest(9) == [life("one")[2].alert]
    assert again.index.open == {"two": life("two")[1].alert}
    assert await again.lead(led("one")) == 7
    await again.append(life("two")[2:])
    assert verify(path) == 8


async def test_who_was_replaced_writes_nothing(tmp_path: Path) -> None:
    stream = KeptStream()
    old = await written(tmp_path / "a.jsonl", stream)
    new = await leading(tmp_path / "b.jsonl", stream, "two")
    for _ in range(2):
        with pytest.raises((Deposed, AuditUnavailable)):
            await old.append(life("three")[:1])
    assert changes(stream) == [*LIVES, "led"]
    assert not old.leads
    assert await new.append(life("three")[:1]) == 1
    assert await old.follow()
    assert old.index == new.index
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


async def test_of_two_that_lead_at_one_time_the_later_one_does(tmp_path: Path) -> None:
    stream = KeptStream()
    ledgers = [opened(tmp_path / name, stream) for name in ("a", "b")]
    tokens = await asyncio.gather(*(one.lead(led(name)) for one, name in zip(ledgers, "ab", strict=True)))
    assert sorted(tokens) == [1, 2]
    first, last = sorted(ledgers, key=lambda one: tokens[ledgers.index(one)])
    with pytest.raises(Deposed):
        await first.append(life("one"))
    assert await last.append(life("one")) == 3


@pytest.mark.parametrize("unanswered", [1, 2, 3])
async def test_lines_whose_storing_was_not_told_are_not_written_twice(tmp_path: Path, unanswered: int) -> None:
    stream = KeptStream()
    log = await written(tmp_path / "audit.jsonl", stream)
    stream.forgets_to_answer = unanswered
    assert await log.append(life("three")) == 3
    assert changes(stream) == [*LIVES, "raised", "acknowledged", "cleared"]
    assert verify(tmp_path / "audit.jsonl") == 9


async def test_lines_whose_storing_cannot_be_asked_for_are_not_written_twice(tmp_path: Path) -> None:
    stream = Dying()
    log = await written(tmp_path / "audit.jsonl", stream)
    stream.dies_after = 2
    assert await log.append(life("three")) == 1
    with pytest.raises(AuditUnavailable):
        await log.append(life("three")[1:])
    stream.away = False
    assert await log.append(life("three")[1:]) == 2
    assert changes(stream) == [*LIVES, "raised", "acknowledged", "cleared"]
    assert verify(tmp_path / "audit.jsonl") == 9


class Dying(KeptStream):
    """Goes away after so many appends, the last of which it stores without an answer."""

    dies_after = 0

    async def append(self, body: bytes, name: str, after: int) -> int:
        if self.dies_after:
            self.dies_after -= 1
            if not self.dies_after:
                self.forgets_to_answer = 1
                try:
                    return await super().append(body, name, after)
                finally:
                    self.away = True
        return await super().append(body, name, after)


@pytest.mark.parametrize("kept", [0, 3])
async def test_a_stream_that_lost_its_end_is_given_it_again(tmp_path: Path, kept: int) -> None:
    stream = KeptStream()
    await written(tmp_path / "audit.jsonl", stream)
    emptied = KeptStream()
    emptied.lines = stream.lines[:kept]
    log = await leading(tmp_path / "audit.jsonl", emptied)
    await log.append(life("two")[2:])
    assert changes(emptied) == [*LIVES, "led", "cleared"]
    assert verify(tmp_path / "audit.jsonl") == 8


async def test_a_stream_that_is_emptied_under_the_leader_is_given_its_lines_again(tmp_path: Path) -> None:
    stream = KeptStream()
    log = await written(tmp_path / "audit.jsonl", stream)
    stream.lines.clear()
    with pytest.raises(AuditUnavailable):
        await log.append(life("two")[2:])
    assert await log.append(life("two")[2:]) == 1
    assert changes(stream) == [*LIVES, "cleared"]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("harm", ["level", "drop", "swap", "garbage"])
async def test_every_change_of_the_file_shows(tmp_path: Path, number: int, harm: str) -> None:
    path = tmp_path / "audit.jsonl"
    await written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    if harm == "level":
        lines[number] = lines[number].replace(b'"level":2', b'"level":3').replace(b'"one"}', b'"two"}')
    elif harm == "drop":
        del lines[number]
        lines.append(b"{}\n") if number == 5 else None
    elif harm == "swap":
        other = (number + 1) % 6
        lines[number], lines[other] = lines[other], lines[number]
    else:
        lines[number] = b"\xff\xfe not json\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(AuditTampered):
        verify(path)


def altered(path: Path) -> bytes:
    """Change line 5, as somebody who can write the file would."""
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"level":2', b'"level":0')
    path.write_bytes(b"".join(lines))
    return b"".join(lines)


async def test_an_altered_copy_is_set_aside_and_made_anew_from_the_stream(tmp_path: Path) -> None:
    path, stream = tmp_path / "audit.jsonl", KeptStream()
    await written(path, stream)
    found = altered(path)
    again = await leading(path, stream)
    assert again.broken is not None
    assert again.broken.line == 5
    assert (tmp_path / "audit.jsonl.broken-1").read_bytes() == found
    assert path.read_bytes() == b"".join(stream.lines)
    assert changes(stream) == [*LIVES, "led"]


async def test_an_altered_copy_without_a_stream_carries_over_what_was_open(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = await written(path)
    await log.append(life("three")[:1])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"level":2', b'"level":0')
    path.write_bytes(b"".join(lines))
    stream = KeptStream()
    again = await leading(path, stream)
    assert again.broken is not None
    assert changes(stream) == ["raised", "led"]
    assert again.index.open == {"two": life("two")[1].alert}


async def test_a_copy_of_another_log_is_set_aside(tmp_path: Path) -> None:
    stream = KeptStream()
    await written(tmp_path / "a.jsonl", stream)
    await leading(tmp_path / "b.jsonl", KeptStream(), "other")
    other = opened(tmp_path / "b.jsonl", stream)
    await other.follow()
    assert other.broken is not None
    assert (tmp_path / "b.jsonl").read_bytes() == b"".join(stream.lines)
    assert (tmp_path / "b.jsonl.broken-1").exists()


async def test_a_stream_that_was_altered_is_not_followed(tmp_path: Path) -> None:
    stream = KeptStream()
    await written(tmp_path / "a.jsonl", stream)
    stream.lines[3] = stream.lines[3].replace(b'"level":2', b'"level":0')
    with pytest.raises(AuditUnavailable):
        await opened(tmp_path / "b.jsonl", stream).lead(led("two"))


async def test_a_torn_last_line_is_cut_off_and_read_from_the_stream(tmp_path: Path) -> None:
    path, stream = tmp_path / "audit.jsonl", KeptStream()
    await written(path, stream)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = opened(path, stream)
    assert again.broken is None
    assert verify(path) == 5
    await again.follow()
    assert path.read_bytes() == whole


async def test_a_full_disk_delays_the_copy_only(tmp_path: Path) -> None:
    path, stream = tmp_path / "audit.jsonl", KeptStream()
    log = await written(path, stream)
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()
    assert await log.append(life("three")) == 3
    assert log.behind
    path.rmdir()
    path.write_bytes(kept)
    assert await log.append(()) == 0
    assert not log.behind
    assert path.read_bytes() == b"".join(stream.lines)


async def test_without_a_bus_nothing_is_written(tmp_path: Path) -> None:
    stream = KeptStream()
    log = await written(tmp_path / "audit.jsonl", stream)
    stream.away = True
    with pytest.raises(AuditUnavailable):
        await log.append(life("three"))
    assert "three" not in log.index.ended
    stream.away = False
    assert await log.append(life("three")) == 3


async def test_an_unreadable_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditUnavailable):
        opened(tmp_path / "file" / "audit.jsonl", KeptStream())


async def test_the_index_knows_what_was_told(tmp_path: Path) -> None:
    log = await written(tmp_path / "audit.jsonl")
    one, two = life("one"), life("two")
    assert all(log.index.contains(change) for change in one)
    assert log.index.contains(two[0])
    assert not log.index.contains(two[2])
    assert not log.index.contains(life("three")[0])
    again = replace(two[1].alert, status=AlertStatus.RAISED, signals=2)
    assert not log.index.contains(Transition(Change.ACK_EXPIRED, again, START + timedelta(seconds=210)))


class SlowDisk(AuditFile):
    """begun: lines are being written. may_end: and then are."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.begun, self.may_end = threading.Event(), threading.Event()

    def extend(self, lines: Sequence[bytes]) -> None:
        self.begun.set()
        assert self.may_end.wait(PATIENCE_S)
        super().extend(lines)


async def test_a_copy_that_was_cancelled_while_the_disk_wrote_has_each_line_once(tmp_path: Path) -> None:
    stream = KeptStream()
    await written(tmp_path / "a.jsonl", stream)
    disk = SlowDisk(tmp_path / "b.jsonl")
    other = Ledger(disk, lambda: stream)
    other.open()
    following = asyncio.create_task(other.follow())
    await asyncio.to_thread(disk.begun.wait, PATIENCE_S)
    following.cancel()
    disk.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await following
    await other.follow()
    assert not other.behind
    assert verify(tmp_path / "b.jsonl") == 6
