"""`./run bench ward` on a small ward: every level comes to every screen of its ward, and the file says how late."""

from __future__ import annotations

import json
from pathlib import Path

from bench import ward


def test_levels_come_to_the_screens_of_their_ward(tmp_path: Path) -> None:
    """Four cameras, each level a second and more apart: none overtakes the one before."""
    file = tmp_path / "ward.json"
    small = ["--cameras", "4", "--wards", "2", "--screens", "4", "--rate", "2", "--seconds", "6", "--warm-up", "2"]
    assert ward.main([*small, "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert (found["bench"], found["parameters"]["cameras"]) == ("ward", 4)
    result = found["result"]
    assert (result["events"], result["events_failed"]) == (12, 0)
    assert result["shown"] == result["shown_of_due"] * 24
    assert 0 < result["wait_s"]["p50"] <= result["wait_s"]["p99"] <= result["wait_s"]["max"]
    assert result["alerts_cpu_s"] > 0
    assert min(result["resident_bytes"]) > 0
