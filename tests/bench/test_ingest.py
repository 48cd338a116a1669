"""`./run bench ingest`: a real ingest takes a real camera, which goes live and is measured."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from bench.ingest import measure


def test_a_camera_goes_live_and_is_measured(tmp_path: Path) -> None:
    options = Namespace(cameras=1, seconds=2.0, codec="VP8", fps=5, width=320, height=240)
    found = measure(options, tmp_path)
    assert found["seconds"] >= options.seconds and found["resident_bytes"] > 1e6
