"""When the set-up page is on."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from services.ingest.setup_page.switch import ON_S, Switch
from services.runtime.clock import Instant
from tests.services.ingest.setup_page.token_file import written
from tests.services.moments import ManualClock


def test_it_is_on_for_ten_minutes_from_the_files_writing(tmp_path: Path) -> None:
    clock = ManualClock()
    switch = Switch(written(tmp_path / "token"), clock)
    clock.seconds = ON_S - 1
    assert switch.on
    assert Switch(tmp_path / "token", clock).on, "a restart neither ends nor lengthens it"
    clock.seconds = ON_S
    assert not switch.on
    written(tmp_path / "token", seconds=ON_S)
    assert switch.on


def test_a_clock_that_is_set_back_leaves_it_on_no_longer(tmp_path: Path) -> None:
    class SetBack(ManualClock):
        back = timedelta()

        def now(self) -> Instant:
            right = super().now()
            return Instant(right.mono, right.wall - self.back)

    clock = SetBack()
    switch = Switch(written(tmp_path / "token"), clock)
    clock.seconds = ON_S - 10
    assert switch.on
    clock.back = timedelta(seconds=ON_S - 10)
    assert switch.on
    clock.seconds = ON_S
    assert not switch.on


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 257, b"\xff" * 20])
def test_a_file_that_is_no_good_keeps_it_off(tmp_path: Path, content: bytes) -> None:
    assert not Switch(written(tmp_path / "token", content), ManualClock()).on


def test_what_is_no_file_keeps_it_off(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (None, tmp_path / "none", tmp_path, tmp_path / "pipe"):
        assert not Switch(path, ManualClock()).on
    assert not Switch(written(tmp_path / "token", seconds=60), ManualClock()).on, "written in the future"
