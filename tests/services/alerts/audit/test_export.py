"""A signed export: whole as it was made, and any change of it is found and named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.actor import Actor, Role, Way
from services.alerts.audit.export import ACCESS, AUDIT, MANIFEST, check_export, excerpt, write
from services.alerts.audit.line import Place
from services.alerts.errors import AuditTampered, NotSigned
from services.alerts.records.access_log import Kind, entry
from tests.services.alerts.audit.logs import START, forged, log_of, place_of

KEY = Ed25519PrivateKey.generate()
NAMES = [KEY.public_key()]
LINES = log_of(12)
ADA = Actor("1", "Ada", Role.NURSE, None, Way.PASSWORD)


def minutes(first: float, after: float) -> tuple[datetime, datetime]:
    return START + timedelta(minutes=first), START + timedelta(minutes=after)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Lines 4 to 8, of minutes 4 to 8, and one thing that Ada read."""
    span = minutes(3.5, 9)
    found = excerpt(LINES, *span)
    read = entry(ADA, Kind.READ, "resident", "ward-1/room-1", START + timedelta(minutes=5), "ward-1")
    write(tmp_path / "export", "home", span, datetime(2026, 4, 1, tzinfo=UTC), found, [read], KEY)
    return tmp_path / "export"


def test_a_time_is_the_lines_of_it() -> None:
    found = excerpt(LINES, *minutes(3.5, 9))
    assert found.raw == b"".join(LINES[3:8])
    assert (found.before, found.last) == (place_of(LINES[:3]), place_of(LINES[:8]))
    assert excerpt(LINES, *minutes(0, 99)).raw == b"".join(LINES)
    assert excerpt(LINES, *minutes(50, 99)).raw == b""
    torn = excerpt([*LINES, b'{"at"'], *minutes(0, 99))
    assert torn.raw == b"".join(LINES), "a line that is being written"
    with pytest.raises(AuditTampered):
        excerpt([*LINES[:2], *LINES[3:]], *minutes(0, 99))


def test_it_is_whole_as_it_was_made(folder: Path) -> None:
    found = check_export(folder, NAMES)
    assert found.findings == ()
    assert (found.site, found.span) == ("home", minutes(3.5, 9))
    assert (found.before.count, found.last.count) == (3, 8)
    (line,) = (folder / ACCESS).read_bytes().splitlines()
    assert json.loads(line)["name"] == "Ada"
    assert {path.name for path in folder.iterdir()} == {AUDIT, ACCESS, MANIFEST}


def test_nobody_has_to_have_done_anything(tmp_path: Path) -> None:
    span = minutes(50, 99)
    write(tmp_path / "empty", "home", span, START, excerpt(LINES, *span), [], KEY)
    assert check_export(tmp_path / "empty", NAMES).findings == ()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (LINES[3:7], "line 8: cut"),
        (LINES[4:8], "line 4: missing"),
        ([*LINES[3:5], *LINES[6:8]], "line 6: missing"),
        ([*LINES[3:5], forged(LINES[5], change="cleared"), *LINES[6:8]], "lines 6 to 7: changed"),
        ([*LINES[3:7], forged(LINES[7], change="cleared")], "line 8: other"),
        ([forged(LINES[3], previous="0" * 64), *LINES[4:8]], "line 4: changed"),
    ],
)
def test_changed_lines_are_named(folder: Path, harm: list[bytes], said: str) -> None:
    (folder / AUDIT).write_bytes(b"".join(harm))
    findings = check_export(folder, NAMES).findings
    assert any(one.startswith(said) for one in findings), findings
    assert f"{AUDIT}: not as it was signed" in findings


def test_changed_reads_are_found(folder: Path) -> None:
    (folder / ACCESS).write_bytes(b"")
    assert check_export(folder, NAMES).findings == (f"{ACCESS}: not as it was signed",)


def test_a_manifest_counts_as_it_was_signed_alone(folder: Path) -> None:
    value = json.loads((folder / MANIFEST).read_bytes())
    for name, other in {"site": "else", "last": value["before"], "files": {}}.items():
        (folder / MANIFEST).write_text(json.dumps(value | {name: other}))
        with pytest.raises(NotSigned):
            check_export(folder, NAMES)
    with pytest.raises(NotSigned):
        check_export(folder, [Ed25519PrivateKey.generate().public_key()])


def test_nothing_is_written_over(folder: Path) -> None:
    with pytest.raises(FileExistsError):
        write(folder, "home", minutes(0, 1), START, excerpt([], *minutes(0, 1)), [], KEY)


def test_an_export_of_nothing_begins_nowhere() -> None:
    assert excerpt([], *minutes(0, 1)).before == Place()
