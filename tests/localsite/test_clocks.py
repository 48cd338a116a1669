"""CPU clocks of other processes, and a peak of memory that does not count the parent's."""

import subprocess
import sys
import time

import pytest

from localsite.clocks import CpuClocks, cpu_seconds

BUSY = "import sys, time\nwhile time.process_time() < 0.3: pass\nprint('done', flush=True)\nsys.stdin.read()"


def test_a_childs_work_is_seen_and_its_sleep_is_not():
    started = time.process_time()
    child = subprocess.Popen([sys.executable, "-c", BUSY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    clocks = CpuClocks("own", {"child": child.pid})
    assert child.stdout.readline() == "done\n"
    worked = cpu_seconds(child.pid)
    spent = clocks.lap()
    assert worked >= 0.3 and 0 < spent["child"] <= worked
    assert 0 <= spent["own"] <= time.process_time() - started
    idle = clocks.lap()
    assert idle["child"] < 0.05
    child.communicate("")
    with pytest.raises(OSError):
        cpu_seconds(child.pid)


def test_the_peak_is_the_programs_own():
    ballast = bytearray(b"x" * (64 << 20))
    code = "from localsite.clocks import peak_rss_mb; print(peak_rss_mb())"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 1 < float(found.stdout) < len(ballast) >> 20
