"""When the set-up page is on, and whom it lets in."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.setup_page.switch import ON_S, WRONG_TRIES, Switch
from services.runtime.clock import Instant
from tests.services.moments import START, ManualClock

TOKEN = "0123456789abcdef"


def write(path: Path, content: bytes = TOKEN.encode(), seconds: float = 0.0) -> Path:
    """The token's file, written so many seconds after the start."""
    path.write_bytes(content)
    at = START.timestamp() + seconds
    os.utime(path, (at, at))
    return path


def test_it_is_on_for_ten_minutes_from_the_files_writing(tmp_path: Path) -> None:
    clock = ManualClock()
    switch = Switch(write(tmp_path / "token"), clock)
    session = switch.sign_in(TOKEN)
    assert session is not None
    clock.seconds = ON_S - 1
    assert switch.on
    assert switch.signed_in(session)
    assert Switch(tmp_path / "token", clock).on, "a restart neither ends nor lengthens it"
    clock.seconds = ON_S
    assert not switch.on
    assert not switch.signed_in(session)
    assert switch.sign_in(TOKEN) is None
    write(tmp_path / "token", seconds=ON_S)
    assert switch.on
    assert not switch.signed_in(session), "who was let in by the file before"


def test_a_clock_that_is_set_back_leaves_it_on_no_longer(tmp_path: Path) -> None:
    class SetBack(ManualClock):
        back = timedelta()

        def now(self) -> Instant:
            right = super().now()
            return Instant(right.mono, right.wall - self.back)

    clock = SetBack()
    switch = Switch(write(tmp_path / "token"), clock)
    clock.seconds = ON_S - 10
    assert switch.on
    clock.back = timedelta(seconds=ON_S - 10)
    assert switch.on
    clock.seconds = ON_S
    assert not switch.on


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 257, b"\xff" * 20])
def test_a_file_that_is_no_good_keeps_it_off(tmp_path: Path, content: bytes) -> None:
    assert not Switch(write(tmp_path / "token", content), ManualClock()).on


def test_what_is_no_file_keeps_it_off(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (None, tmp_path / "none", tmp_path, tmp_path / "pipe"):
        assert not Switch(path, ManualClock()).on
    assert not Switch(write(tmp_path / "token", seconds=60), ManualClock()).on, "written in the future"


def test_after_wrong_tries_nobody_is_let_in_until_the_file_is_new(tmp_path: Path) -> None:
    switch = Switch(write(tmp_path / "token"), ManualClock())
    assert [switch.sign_in("wrong") for _ in range(WRONG_TRIES)] == [None] * WRONG_TRIES
    assert switch.sign_in(TOKEN) is None
    write(tmp_path / "token", seconds=-1)
    assert switch.sign_in(TOKEN) is not None


def test_nobody_is_signed_in_by_nothing(tmp_path: Path) -> None:
    switch = Switch(write(tmp_path / "token"), ManualClock())
    assert not switch.signed_in("")
    assert switch.sign_in("") is None
    assert switch.sign_in("é" * 16) is None
    assert TOKEN not in repr(switch.key())
