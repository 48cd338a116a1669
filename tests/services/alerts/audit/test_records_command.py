"""`veilward-alerts records`: as an auditor runs it, on copied files; and as an operator does, beside a real service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from localsite.nats_pair import NatsPair
from localsite.process import ProcessError
from localsite.redis_server import RedisServer
from services.alerts.audit import records_command
from services.alerts.audit.signature import make_keys, private_key, public_key
from tests.services.alerts.audit.logs import log_of, signed_of
from tests.services.alerts.process import alerts_process
from tests.services.alerts.rooms import rooms_on
from tests.support.waiting import eventually

LINES = log_of(12)


class Desk:
    """An auditor's folder: the log, its heads, the public key."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.log, self.heads, self.key = folder / "audit.jsonl", folder / "heads.jsonl", folder / "audit.pub"
        self.private = folder / "audit.key"
        make_keys(self.private, self.key)
        self.log.write_bytes(b"".join(LINES))
        self.heads.write_bytes(b"".join(signed_of(LINES[:count], private_key(self.private)) for count in (4, 12)))
        self._capsys = capsys

    def verify(self, *more: str) -> tuple[int, str]:
        self._capsys.readouterr()
        given = ["--log", str(self.log), "--heads", str(self.heads), "--key", str(self.key)]
        status = records_command.main(["verify", *given, *more])
        said = self._capsys.readouterr()
        return status, said.out + said.err


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_a_whole_log(desk: Desk) -> None:
    status, said = desk.verify()
    assert status == 0
    assert said.splitlines()[0].startswith("12 lines, the last with hash ")
    assert "signed up to line 12 at 2026-03-01T08:12:01+00:00, site home" in said


def test_lines_that_were_cut_off(desk: Desk) -> None:
    desk.log.write_bytes(b"".join(LINES[:9]))
    status, said = desk.verify()
    assert status == 1
    assert "lines 10 to 12: cut: the head signed at 2026-03-01T08:12:01+00:00 tells of them" in said
    assert records_command.main(["verify", "--log", str(desk.log)]) == 0, "without heads it does not show"


def test_a_changed_and_a_missing_line(desk: Desk) -> None:
    lines = [*LINES]
    lines[2] = lines[2].replace(b'"level":2', b'"level":0')
    del lines[6]
    desk.log.write_bytes(b"".join(lines))
    status, said = desk.verify()
    assert status == 1
    assert said.splitlines()[:2] == ["line 3: changed: its hash is not its own", "line 7: missing: no such line"]


def test_a_head_that_nobody_signed(desk: Desk) -> None:
    value = json.loads(desk.heads.read_bytes().splitlines()[1])
    desk.heads.write_text(json.dumps(value | {"line": 9}) + "\n")
    status, said = desk.verify()
    assert status == 1
    assert "heads.jsonl: line 1: unsigned: its signature is wrong" in said


def test_a_key_that_was_changed_counts_besides(desk: Desk, tmp_path: Path) -> None:
    private, public = tmp_path / "new.key", tmp_path / "new.pub"
    make_keys(private, public)
    with desk.heads.open("ab") as file:
        file.write(signed_of(LINES, private_key(private)))
    assert desk.verify()[0] == 1
    assert desk.verify("--key", str(public))[0] == 0


@pytest.mark.parametrize("lacking", ["log", "heads", "key"])
def test_a_file_that_is_not_there(desk: Desk, lacking: str) -> None:
    getattr(desk, lacking).unlink()
    assert desk.verify()[0] == 2


def test_heads_without_a_key_and_of_two_sites(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert records_command.main(["verify", "--log", str(desk.log), "--heads", str(desk.heads)]) == 2
    assert "need the key" in capsys.readouterr().err
    with desk.heads.open("ab") as file:
        file.write(signed_of(LINES, private_key(desk.private), "elsewhere"))
    assert desk.verify()[0] == 2


async def test_a_service_signs_and_its_files_are_checked(
    fresh_pair: NatsPair, fresh_redis: RedisServer, tmp_path: Path
) -> None:
    second = tmp_path / "elsewhere" / "heads.jsonl"
    second.parent.mkdir()
    key, public = tmp_path / "audit.key", tmp_path / "audit.pub"
    assert records_command.main(["key", "--private", str(key), "--public", str(public)]) == 0
    settings = {"audit_key": key, "audit_heads_file": second}
    async with (
        rooms_on(fresh_pair) as rooms,
        alerts_process(fresh_pair, fresh_redis.url, tmp_path / "alerts", **settings) as process,
    ):
        await rooms.pain("room-1", 2, 6.0)
        await rooms.pain("room-1", 2, 1.0)
        assert await process.snapshot()

        async def vouched() -> bool:
            return second.exists() and b"raised" in process.audit.read_bytes() and "signed up to" in whole()

        def whole() -> str:
            return process.answer("records", "verify")

        await eventually(vouched)
        export = tmp_path / "export"
        assert process.answer("records", "export", "--from", "2020-01-01", "--to", "2090-01-01", "--out", str(export))
        read = (export / "access.jsonl").read_bytes()
        assert b'"name":"Ada"' in read
        process.stop()
        checked = process.answer("records", "verify", "--export", str(export), "--key", str(public))
        assert checked.startswith("site home, 2020-01-01T00:00:00+00:00 to 2090-01-01T00:00:00+00:00: lines 1 to ")
        (export / "access.jsonl").write_bytes(read.replace(b"Ada", b"Bo"))
        with pytest.raises(ProcessError):
            process.answer("records", "verify", "--export", str(export), "--key", str(public))
        given = ("--log", str(process.audit), "--key", str(public))
        said = process.answer("records", "verify", *given, "--heads", str(second))
        lines = len(process.audit.read_bytes().splitlines())
        assert f"signed up to line {lines} at " in said, "the end of a term is signed"
        on_bus = tmp_path / "bus.jsonl"
        process.answer("records", "heads", "--out", str(on_bus))
        (told, same) = (records_command.read_heads([path], [public_key(public)]) for path in (on_bus, second))
        assert [one.place for one in told[0]] == [one.place for one in same[0]]
        assert told[1] == same[1] == []
        cut = process.audit.read_bytes().splitlines(keepends=True)[:-1]
        process.audit.write_bytes(b"".join(cut))
        with pytest.raises(ProcessError):
            process.answer("records", "verify", *given, "--heads", str(on_bus))
