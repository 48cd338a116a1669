"""Signals, core dumps and port files, in real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.errors import PortFileError
from services.runtime.ports import read_port_file, write_port_file
from tests.support.waiting import PATIENCE_S

ROOT = Path(__file__).parents[3]
WAITS = """
import asyncio
from services.runtime.shutdown import stop_event
async def main():
    stop = stop_event()
    print("ready", flush=True)
    await stop.wait()
    print("stopped", flush=True)
asyncio.run(main())
"""
HARDENED = """
import resource
from services.runtime.shutdown import dumpable, harden
before = dumpable()
harden()
print(before, dumpable(), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    child = subprocess.Popen([sys.executable, "-c", WAITS], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(number)
    rest, _ = child.communicate(timeout=PATIENCE_S)
    assert rest == "stopped\n"
    assert child.returncode == 0


def test_a_hardened_process_does_not_dump() -> None:
    done = subprocess.run([sys.executable, "-c", HARDENED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "True False (0, 0)\n"


def test_the_port_file(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    assert read_port_file(path) is None
    write_port_file(path, {"health": 8080, "whip": 8443})
    assert json.loads(path.read_text()) == {"health": 8080, "whip": 8443}
    assert read_port_file(path) == {"health": 8080, "whip": 8443}
    assert list(tmp_path.iterdir()) == [path]


def test_no_port_file_asked_for() -> None:
    write_port_file(None, {"health": 8080})


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(PortFileError):
        write_port_file(tmp_path / "ports.json", {"health": port})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PortFileError) as caught:
        write_port_file(tmp_path / "none" / "ports.json", {"health": 1})
    assert caught.value.path == tmp_path / "none" / "ports.json"


@pytest.mark.parametrize("ends", [True, False])
def test_leaving_awaits_daemon_threads_and_never_aborts(ends: bool) -> None:
    """A thread that ends in time is awaited; one that does not is left behind, the output written either way."""
    work = "time.sleep(0.2); print('done')" if ends else "time.sleep(600)"
    code = f"""
import threading, time
from services.runtime.shutdown import leave
def run():
    {work}
threading.Thread(target=run, daemon=True).start()
print('leaving')
leave(3, patience_s=60 if {ends} else 0.1)
"""
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert ended.returncode == 3, ended.stderr
    assert ended.stdout.split() == (["leaving", "done"] if ends else ["leaving"])
