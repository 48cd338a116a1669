"""What is not ours and is shipped: unchanged, of the version that its origin names, with its licence beside it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import services.alerts.dashboard

VENDOR = Path(services.alerts.dashboard.__file__).parent / "static" / "vendor"


@pytest.mark.parametrize("folder", sorted(VENDOR.iterdir()), ids=lambda folder: folder.name)
def test_what_is_shipped_is_what_was_taken(folder: Path) -> None:
    origin = json.loads((folder / "origin.json").read_text())
    assert {path.name for path in folder.iterdir()} == {*origin["files"], "origin.json"}
    assert "LICENSE" in origin["files"]
    for name, digest in origin["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    script = next(name for name in origin["files"] if name.endswith(".js"))
    assert f"(v{origin['version']})" in (folder / script).read_text()[:200]
