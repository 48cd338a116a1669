"""The software shutter: what closes it, and that it is closed where nobody can tell."""

from __future__ import annotations

from pathlib import Path

from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.ingest.privacy.shutter import Shutter
from services.site.file import load_site
from tests.services.moments import ManualClock


def test_a_file_closes_it(tmp_path: Path) -> None:
    shutter = Shutter(path=tmp_path / "cam-1")
    assert not shutter.closed()
    (tmp_path / "cam-1").touch()
    assert shutter.closed()
    (tmp_path / "cam-1").unlink()
    assert not shutter.closed()
    (tmp_path / "cam-1").symlink_to("nowhere")
    assert shutter.closed()


def test_where_nobody_can_tell_it_is_closed(tmp_path: Path) -> None:
    assert Shutter(path=tmp_path / "no-folder" / "cam-1").closed()
    (tmp_path / "file").touch()
    assert Shutter(path=tmp_path / "file" / "cam-1").closed()
    assert Shutter(path=tmp_path / ("x" * 300)).closed()


def test_the_sites_file_closes_it_and_the_state_says_since_when(tmp_path: Path) -> None:
    write_site(tmp_path / "site.yaml", ("cam-1", "cam-2"), more={"cam-1": {"shutter": "closed"}})
    clock = ManualClock()
    shutters = tmp_path / "shutters"
    shutters.mkdir()
    cameras = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), clock.now(), shutters)
    assert cameras["cam-1"].condition(clock.now()).status == "shutter_closed"
    assert cameras["cam-2"].condition(clock.now()).status == "offline"
    clock.advance(5)
    (shutters / "cam-2").touch()
    assert cameras["cam-2"].condition(clock.now()).since == clock.now()
    since = clock.now()
    clock.advance(5)
    assert cameras["cam-2"].condition(clock.now()).status == "shutter_closed"
    assert cameras["cam-2"].condition(clock.now()).since == since
    (shutters / "cam-2").unlink()
    assert cameras["cam-2"].condition(clock.now()).status == "offline"
