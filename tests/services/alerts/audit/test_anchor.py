"""Signed heads: kept soon after a change, not too often, in every place; a log that lost what they tell is found."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.alerts.audit.anchor import AGAIN_S, APART_S, PATIENCE_S, Anchor
from services.alerts.audit.head import Head, opened_head, signed_head
from services.alerts.audit.head_places import InFile, OnBus
from services.alerts.audit.signature import make_keys, private_key, public_key
from services.alerts.errors import AuditUnavailable, NotSigned
from services.runtime.errors import UnusableFile
from tests.services.alerts.audit.anchored import KEY, NAMES, Site
from tests.services.alerts.audit.logs import head_of, log_of, raised
from tests.support.waiting import eventually


@pytest.fixture
async def site(tmp_path: Path) -> Site:
    one = Site(tmp_path)
    await one.lead()
    return one


async def test_a_head_is_kept_at_once_and_then_not_too_often(site: Site) -> None:
    await site.look()
    assert site.kept() == [1]
    await site.ledger.append([raised(1)])
    await site.look(1.0)
    assert site.kept() == [1]
    await site.ledger.append([raised(2)])
    await site.look(APART_S)
    assert site.kept() == [1, 3]
    await site.look(APART_S)
    assert site.kept() == [1, 3]
    await site.look(AGAIN_S)
    assert site.kept() == [1, 3, 3]
    head = opened_head(site.heads.lines[-1], NAMES)
    assert head == Head("home", site.ledger.place, site.now())
    assert site.heads.made


async def test_who_does_not_lead_signs_nothing(tmp_path: Path) -> None:
    site = Site(tmp_path)
    await site.look()
    assert not site.heads.lines
    assert not site.file.exists()


async def test_without_a_key_nothing_is_signed(site: Site) -> None:
    site.anchor = Anchor("home", site.ledger, None, {"file": InFile(site.file)}, site.now, lambda: site.mono)
    await site.look()
    assert not site.file.exists()
    assert site.anchor.well("file")


async def test_the_end_of_a_term_is_kept_at_once(site: Site) -> None:
    await site.look()
    await site.ledger.append([raised(1)])
    await site.anchor.keep()
    assert site.kept() == [1, 2]


async def test_a_place_that_takes_nothing_is_told_and_tried_again(site: Site) -> None:
    site.file.parent.rmdir()
    await site.look()
    assert not site.anchor.well("file")
    assert site.anchor.well("bus")
    assert len(site.heads.lines) == 1
    site.file.parent.mkdir()
    await site.look(APART_S)
    assert site.anchor.well("file")
    assert len(site.heads.lines) == 1


async def test_a_place_that_does_not_answer_is_told_and_holds_nothing_up(site: Site) -> None:
    class Hangs:
        async def keep(self, head: bytes) -> None:
            await asyncio.Event().wait()

        async def newest(self) -> bytes | None:
            return None

    site.new(places={"file": Hangs(), "bus": OnBus(lambda: site.heads)})
    await site.lead()
    await site.anchor.look()

    async def told() -> bool:
        return len(site.heads.lines) == 1

    await eventually(told)
    assert site.anchor.well("file")
    site.mono += PATIENCE_S + 1
    await site.anchor.look()
    assert not site.anchor.well("file")
    site.anchor.drop()


@pytest.mark.parametrize("place", ["bus", "file"])
@pytest.mark.parametrize("left", [1, 3])
async def test_a_log_that_lost_its_end_is_an_alarm(site: Site, place: str, left: int) -> None:
    await site.ledger.append([raised(number) for number in range(5)])
    await site.look()
    lines = site.lines.lines[:left]
    (site.folder / "audit.jsonl").write_bytes(b"".join(lines))
    site.lines.lines = lines
    if place == "bus":
        site.file.unlink()
    else:
        site.heads.lines.clear()
    site.new()
    await site.lead()
    await site.look()
    assert site.anchor.cut is not None
    assert site.anchor.cut.place.count == 6


async def test_a_log_that_was_written_anew_is_an_alarm(site: Site) -> None:
    await site.ledger.append([raised(number) for number in range(5)])
    await site.look()
    other = log_of(9)
    (site.folder / "audit.jsonl").write_bytes(b"".join(other))
    site.lines.lines = other
    site.new()
    await site.lead()
    await site.look()
    assert site.anchor.cut is not None


async def test_a_log_that_went_on_is_none(site: Site) -> None:
    await site.ledger.append([raised(number) for number in range(5)])
    await site.look()
    await site.ledger.append([raised(7)])
    site.new()
    await site.lead()
    await site.look()
    assert site.anchor.cut is None
    assert site.kept() == [6, 8]


async def test_a_head_of_another_key_is_no_alarm(site: Site) -> None:
    site.file.write_bytes(signed_head(head_of(log_of(40)), Ed25519PrivateKey.generate()))
    await site.look()
    assert site.anchor.cut is None


async def test_a_torn_head_does_not_spoil_the_next(site: Site) -> None:
    await site.look()
    with site.file.open("ab") as file:
        file.write(site.heads.lines[0][:50])
    await site.ledger.append([raised(1)])
    await site.look(APART_S)
    assert opened_head((await InFile(site.file).newest()) or b"", NAMES).place.count == 2
    assert site.file.read_bytes().count(b"\n") == 3


async def test_a_folder_that_is_away_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(AuditUnavailable):
        await InFile(tmp_path / "away" / "heads.jsonl").keep(b"{}\n")
    assert await InFile(tmp_path / "away" / "heads.jsonl").newest() is None
    assert not (tmp_path / "away").exists()


def test_a_head_counts_as_it_was_signed_alone() -> None:
    head = Head("home", head_of(log_of(3)).place, datetime(2026, 3, 1, tzinfo=UTC))
    line = signed_head(head, KEY)
    assert opened_head(line, [Ed25519PrivateKey.generate().public_key(), *NAMES]) == head
    with pytest.raises(NotSigned):
        opened_head(line, [Ed25519PrivateKey.generate().public_key()])
    value = json.loads(line)
    for name, other in {"line": 2, "hash": "0" * 64, "site": "else", "at": "2026-03-02T00:00:00+00:00"}.items():
        with pytest.raises(NotSigned):
            opened_head(json.dumps(value | {name: other}).encode(), NAMES)
    for garbage in (b"", b"{}", b"[]", b"null", line[:-9], b"\xff"):
        with pytest.raises(NotSigned):
            opened_head(garbage, NAMES)
    assert signed_head(replace(head, site="else"), KEY) != line


def test_keys_are_made_once_and_checked(tmp_path: Path) -> None:
    private, public = tmp_path / "audit.key", tmp_path / "audit.pub"
    make_keys(private, public)
    assert private.stat().st_mode & 0o077 == 0
    line = signed_head(head_of(log_of(3)), private_key(private))
    assert opened_head(line, [public_key(public)]).place.count == 3
    with pytest.raises(FileExistsError):
        make_keys(private, tmp_path / "other.pub")
    with pytest.raises(FileNotFoundError):
        make_keys(tmp_path / "half", tmp_path / "nowhere" / "half.pub")
    assert not (tmp_path / "half").exists(), "or the next try is refused"
    for path in (public, tmp_path / "nothing"):
        with pytest.raises(UnusableFile):
            private_key(path)
    with pytest.raises(UnusableFile):
        public_key(private)
