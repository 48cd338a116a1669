"""What waits to be written is of one term: where the same process leads again, the log holds nothing twice."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest

from services.alerts.change_journal import ChangeJournal
from services.alerts.errors import Deposed
from services.alerts.metrics import AlertsMetrics
from services.alerts.policy.ward_act import WardAct, WardChange
from services.bus.streams import EVENT_MAX_BYTES
from services.runtime.metrics import Metrics
from tests.services.alerts.audit.ledgers import leading, led, life
from tests.services.alerts.kept_stream import KeptStream
from tests.support.waiting import eventually

FOUND = life("one")[:2]


def changes(stream: KeptStream) -> Counter[str]:
    return Counter(json.loads(line)["change"] for line in stream.lines)


async def test_what_a_former_term_could_not_write_is_told_by_the_next_one_alone(tmp_path: Path) -> None:
    stream, metrics = KeptStream(), AlertsMetrics(Metrics(), ())
    log = await leading(tmp_path / "audit.jsonl", stream)
    former, now = ChangeJournal(log, metrics), ChangeJournal(log, metrics)
    stream.away = True
    await former.write(FOUND)
    assert former.pending == 2
    former.end()
    log.stand_down()
    stream.away = False
    await log.lead(led("one"))
    await now.write(FOUND)  # as its start found them
    with pytest.raises(Deposed):
        await former.write()
    assert changes(stream) == {"led": 2, "raised": 1, "acknowledged": 1}


async def test_what_waited_for_its_turn_when_the_term_ended_comes_too_late(tmp_path: Path) -> None:
    stream, metrics = KeptStream(), AlertsMetrics(Metrics(), ())
    log = await leading(tmp_path / "audit.jsonl", stream)
    former, now = ChangeJournal(log, metrics), ChangeJournal(log, metrics)

    async def queued() -> bool:
        return bool(log._lock._waiters)

    async with log._lock:  # as a follower reads the bus
        waiting = asyncio.create_task(former.write(FOUND))
        await eventually(queued)
        former.end()
    with pytest.raises(Deposed):
        await waiting
    await now.write(FOUND)
    assert changes(stream) == {"led": 1, "raised": 1, "acknowledged": 1}


async def test_a_line_that_no_stream_takes_keeps_none_behind_it_from_being_written(tmp_path: Path) -> None:
    stream, registry = KeptStream(), Metrics()
    log = await leading(tmp_path / "audit.jsonl", stream)
    journal = ChangeJournal(log, AlertsMetrics(registry, ()))
    long = WardAct(WardChange.FAULT_SEEN, "service/" + "x" * EVENT_MAX_BYTES, FOUND[0].at, None)
    await journal.write((FOUND[0], long, long, FOUND[1]))
    for _ in range(3):  # as the service's timer does while something waits
        assert journal.waits
        await journal.write()
    assert not journal.waits
    assert changes(stream) == {"led": 1, "raised": 1, "acknowledged": 1}
    assert registry.registry.get_sample_value("veilward_alerts_changes_unwritten_total") == 2
