"""The audit log: one chain that all replicas have, and that one of them appends to."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.alerts.audit.audit_file import verify
from services.alerts.errors import AuditUnavailable, Deposed
from services.alerts.policy.alert import AlertStatus, Change, Transition
from tests.services.alerts.audit.ledgers import LIVES, START, changes, leading, led, life, opened, written
from tests.services.alerts.kept_stream import KeptStream


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


async def test_without_a_bus_nothing_is_written(tmp_path: Path) -> None:
    stream = KeptStream()
    log = await written(tmp_path / "audit.jsonl", stream)
    stream.away = True
    with pytest.raises(AuditUnavailable):
        await log.append(life("three"))
    assert "three" not in log.index.ended
    stream.away = False
    assert await log.append(life("three")) == 3


async def test_the_index_knows_what_was_told(tmp_path: Path) -> None:
    log = await written(tmp_path / "audit.jsonl")
    one, two = life("one"), life("two")
    assert all(log.index.contains(change) for change in one)
    assert log.index.contains(two[0])
    assert not log.index.contains(two[2])
    assert not log.index.contains(life("three")[0])
    again = replace(two[1].alert, status=AlertStatus.RAISED, signals=2)
    assert not log.index.contains(Transition(Change.ACK_EXPIRED, again, START + timedelta(seconds=210)))
