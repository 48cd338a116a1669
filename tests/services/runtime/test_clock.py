"""The machine's clocks. A time namespace stands in for a machine that was asleep: its CLOCK_BOOTTIME is ahead."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.runtime.clock import SystemClock

ASLEEP_S = 7200
READ = "import time; from services.runtime.clock import SystemClock; print(SystemClock().now().mono - time.monotonic())"


def test_durations_count_the_time_in_which_the_machine_slept() -> None:
    unshare = ["unshare", "--time", "--boottime", str(ASLEEP_S), "--fork"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode:
        pytest.skip("time namespaces are not allowed here")
    asleep = subprocess.run([*unshare, sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    awake = subprocess.run([sys.executable, "-c", READ], capture_output=True, text=True, check=True)
    assert float(asleep.stdout) - float(awake.stdout) == pytest.approx(ASLEEP_S, abs=60)


def test_both_clocks_are_of_one_moment() -> None:
    clock = SystemClock()
    before, after = clock.now(), clock.now()
    assert after.mono >= before.mono
    assert before.wall.utcoffset() is not None
