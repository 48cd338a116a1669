"""A log of years is read with little memory: a copy that fits on the disk is no reason not to start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from services.alerts.audit import audit_file
from services.alerts.audit.audit_file import AuditFile, verify
from tests.services.alerts.audit.ledgers import leading, written
from tests.services.alerts.audit.logs import log_of
from tests.services.alerts.kept_stream import KeptStream

LINES = 20_000
READ = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from services.alerts.audit.audit_file import AuditFile, verify
from services.alerts.audit.export import excerpt
from services.alerts.backup import making

class NothingMore:
    async def lines_after(self, count):
        for line in ():
            yield line

def peak():
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) * 1024

begun = peak()
file = AuditFile(Path(sys.argv[1]))
count = sum(1 for _ in file.open())
assert verify(file.path) == count
assert file.line(count) is not None
assert sum(len(batch) for batch in file.batches(1)) == count
with file.path.open("rb") as lines:
    assert excerpt(lines, datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)).raw == b""
backup = file.path.with_name("backup.jsonl")
assert asyncio.run(making._log(SimpleNamespace(audit_file=file.path), NothingMore(), backup)).count == count
assert backup.stat().st_size == file.path.stat().st_size
print(count, peak() - begun)
"""


def test_reading_one_takes_no_memory_of_its_length(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(log_of(LINES)))
    told = subprocess.run([sys.executable, "-c", READ, str(path)], capture_output=True, text=True, check=True).stdout
    count, grown = map(int, told.split())
    assert count == LINES
    assert grown < path.stat().st_size / 2


@pytest.mark.parametrize("torn", [b"", b'{"n"', b"x" * 200])
def test_a_torn_last_line_is_cut_off_wherever_the_one_before_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, torn: bytes
) -> None:
    monkeypatch.setattr(audit_file, "STEP", 64)
    path, whole = tmp_path / "audit.jsonl", log_of(3)
    for lines in (whole, []):
        path.write_bytes(b"".join(lines) + torn)
        assert [one.raw for one in AuditFile(path).open()] == lines
        assert path.read_bytes() == b"".join(lines)


async def test_a_stream_that_lost_all_is_given_it_again_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_file, "BATCH", 2)
    path, stream = tmp_path / "audit.jsonl", KeptStream()
    await written(path, stream)
    lines, empty = list(stream.lines), KeptStream()
    await leading(path, empty, "two")
    assert empty.lines[: len(lines)] == lines
    assert verify(path) == len(empty.lines)
