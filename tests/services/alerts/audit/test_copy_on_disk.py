"""A replica's copy of the audit log on a disk that is full, slow or not to be read."""

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.alerts.audit.audit_file import AuditFile, verify
from services.alerts.audit.ledger import Ledger
from services.alerts.errors import AuditUnavailable
from tests.services.alerts.audit.ledgers import life, opened, written
from tests.services.alerts.kept_stream import KeptStream
from tests.support.waiting import PATIENCE_S


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


async def test_an_unreadable_log_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditUnavailable):
        opened(tmp_path / "file" / "audit.jsonl", KeptStream())
