"""The audit log: a chain that shows every change, and an index that a rebuild can trust."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.alerts.actor import typed_name
from services.alerts.audit.audit_log import AuditLog, verify
from services.alerts.errors import AuditTampered, AuditUnavailable
from services.alerts.policy.alert import Acknowledgement, Alert, AlertStatus, Change, Transition

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


async def written(path: Path) -> AuditLog:
    log = AuditLog(path)
    log.open()
    await log.append(life("one"))
    await log.append(life("two")[:2])
    return log


async def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await written(path)
    again = AuditLog(path)
    again.open()
    assert again.broken is None
    assert list(again.index.cleared.values()) == [life("one")[2].alert]
    assert again.index.open == {"two": life("two")[1].alert}
    await again.append(life("two")[2:])
    assert verify(path) == 6
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", range(5))
@pytest.mark.parametrize("harm", ["level", "drop", "swap", "garbage"])
async def test_every_change_of_the_file_shows(tmp_path: Path, number: int, harm: str) -> None:
    path = tmp_path / "audit.jsonl"
    await written(path)
    lines = path.read_bytes().splitlines(keepends=True)
    if harm == "level":
        lines[number] = lines[number].replace(b'"level":2', b'"level":3')
    elif harm == "drop":
        del lines[number]
        lines.append(b"{}\n") if number == 4 else None
    elif harm == "swap":
        other = (number + 1) % 5
        lines[number], lines[other] = lines[other], lines[number]
    else:
        lines[number] = b"\xff\xfe not json\n"
    path.write_bytes(b"".join(lines))
    with pytest.raises(AuditTampered):
        verify(path)


async def test_an_altered_log_is_set_aside_and_open_alerts_are_carried_over(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = await written(path)
    await log.append(life("three")[:1])
    altered = path.read_bytes().replace(b'"change":"raised","format":2,"n":6', b'"change":"cleared","format":2,"n":6')
    lines = altered.splitlines(keepends=True)
    lines[5] = lines[5].replace(b'"level":2', b'"level":0')
    path.write_bytes(b"".join(lines))
    again = AuditLog(path)
    again.open()
    assert again.broken is not None
    assert again.broken.line == 6
    assert (tmp_path / "audit.jsonl.broken-1").read_bytes() == b"".join(lines)
    assert set(again.index.open) == {"two"}
    assert verify(path) == 1
    third = AuditLog(path)
    third.open()
    assert third.index.open == {"two": life("two")[1].alert}


async def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    await written(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    again = AuditLog(path)
    again.open()
    assert again.broken is None
    assert verify(path) == 4
    await again.append(life("two")[1:2])
    assert path.read_bytes() == whole


async def test_an_unwritable_log_says_so_and_notes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    log = await written(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(AuditUnavailable):
        await log.append(life("three"))
    assert "three" not in log.index.cleared
    path.rmdir()
    await log.append(life("three"))
    assert json.loads(path.read_bytes().splitlines()[0])["n"] == 6


async def test_an_unreadable_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditUnavailable):
        AuditLog(tmp_path / "file" / "audit.jsonl").open()


async def test_the_index_knows_what_was_told(tmp_path: Path) -> None:
    log = await written(tmp_path / "audit.jsonl")
    one, two = life("one"), life("two")
    assert all(log.index.contains(change) for change in one)
    assert log.index.contains(two[0])
    assert not log.index.contains(two[2])
    assert not log.index.contains(life("three")[0])
    again = replace(two[1].alert, status=AlertStatus.RAISED, signals=2)
    assert not log.index.contains(Transition(Change.ACK_EXPIRED, again, START + timedelta(seconds=210)))
