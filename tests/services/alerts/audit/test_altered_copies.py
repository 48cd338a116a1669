"""Copies of the audit log that somebody changed, cut or swapped: it shows, and they are never written over."""

from pathlib import Path

import pytest

from services.alerts.audit.audit_file import verify
from services.alerts.errors import AuditTampered, AuditUnavailable
from tests.services.alerts.audit.ledgers import LIVES, changes, leading, led, life, opened, written
from tests.services.alerts.kept_stream import KeptStream


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
