"""Clients that are locked out: kept over restarts and a full disk; silence of another day is forgotten."""

from __future__ import annotations

import subprocess
import sys

import pytest

from services.bus.identities import spiffe
from snni.errors import BundleError, PeerError
from snni.twoparty.session.suspects import CAUGHT, SILENT, Suspects

CLIENT = spiffe("room", "snni_client")
FULL_DISK = """
import resource, sys
from pathlib import Path
from snni.twoparty.session.suspects import Suspects
file = Path(sys.argv[1])
suspects = Suspects(1, file)
suspects.caught("spiffe://first")
most = file.stat().st_size + 10
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
try:
    suspects.caught("spiffe://second")
except OSError:
    print(sorted(suspects.locked))
"""


def test_a_locked_client_stays_locked_over_a_restart(tmp_path):
    file = tmp_path / "locked.jsonl"
    suspects = Suspects(1, file)
    suspects.caught(CLIENT)
    suspects.caught(CLIENT)
    assert len(file.read_text().splitlines()) == 1
    again = Suspects(1, file)
    assert again.locked == {CLIENT: CAUGHT}
    with pytest.raises(PeerError, match="locked out"):
        again.check(CLIENT)
    again.check("spiffe://veilward/room/snni_client/other")
    file.write_text("nonsense\n")
    with pytest.raises(BundleError, match="locked"):
        Suspects(1, file)


def test_a_disk_that_is_full_keeps_no_server_from_starting_again(tmp_path):
    """Where a line is not written whole none is there; the client is locked out by the process all the same."""
    file = tmp_path / "locked"
    done = subprocess.run([sys.executable, "-c", FULL_DISK, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout == "['spiffe://first', 'spiffe://second']\n"
    assert Suspects(1, file).locked == {"spiffe://first": CAUGHT}


def test_a_file_whose_last_line_an_editor_left_open_keeps_its_lines(tmp_path):
    file = tmp_path / "locked"
    Suspects(1, file).caught("spiffe://first")
    file.write_text(file.read_text().rstrip("\n"))
    Suspects(1, file).caught("spiffe://second")
    assert Suspects(1, file).locked == {"spiffe://first": CAUGHT, "spiffe://second": CAUGHT}


def test_silence_of_another_day_is_forgotten():
    now = [0.0]
    suspects = Suspects(1, clock=lambda: now[0])
    suspects.unanswered(CLIENT)
    now[0] = 86_400.0
    suspects.unanswered(CLIENT)
    assert not suspects.locked
    suspects.unanswered(CLIENT)
    assert suspects.locked == {CLIENT: SILENT}
