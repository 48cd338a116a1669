"""The stream that keeps the audit log does not answer, loses its end or all of it: each line is there once."""

from pathlib import Path

import pytest

from services.alerts.audit.audit_file import verify
from services.alerts.errors import AuditUnavailable
from tests.services.alerts.audit.ledgers import LIVES, changes, leading, life, written
from tests.services.alerts.kept_stream import KeptStream


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
