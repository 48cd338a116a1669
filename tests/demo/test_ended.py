"""The demo ends as by Ctrl-C when it is told to in another way, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda one: one.name)
def test_it_ends_by_every_signal(told: signal.Signals, tmp_path: Path) -> None:
    as_in_a_window = ["env", "--default-signal"]  # whoever runs the tests may ignore some, as nohup does
    command = [*as_in_a_window, sys.executable, "-m", "demo.launch", "--once", "--seconds", "20"]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    demo = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
    assert demo.stderr is not None
    with demo:
        said = demo.stderr.readline()
        assert "making the video" in said
        demo.send_signal(told)
        assert "stopped" in demo.stderr.read()
    assert demo.returncode == 0
