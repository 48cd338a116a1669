"""What the page holds: the newest picture of a camera that may be seen, and of no other, whoever asks or not."""

from __future__ import annotations

from pathlib import Path

from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import cameras_of
from services.ingest.frames.picture import Picture
from services.ingest.setup_page.switch import Switch
from services.ingest.setup_page.viewfinder import Viewfinder
from services.runtime.clock import SystemClock
from services.site.file import load_site


async def test_a_picture_is_not_held_behind_a_shutter_that_was_closed(tmp_path: Path) -> None:
    clock, shutters = SystemClock(), tmp_path / "shutters"
    shutters.mkdir()
    (tmp_path / "token").write_text("0123456789abcdef")
    write_site(tmp_path / "site.yaml", ("cam-1",))
    camera = cameras_of(load_site(tmp_path / "site.yaml"), StatePolicy(), clock.now(), shutters)["cam-1"]
    switch = Switch(tmp_path / "token", clock)
    viewfinder = Viewfinder(switch, lambda _: camera.condition(clock.now()).status == "live")
    camera.tracker.opened(clock.now())
    camera.frame(clock.now())
    viewfinder.show("cam-1", Picture(16, 16, bytes(384)))
    await viewfinder.sweep()
    assert switch.on and viewfinder.picture("cam-1") is not None
    (shutters / "cam-1").touch()
    await viewfinder.sweep()
    (shutters / "cam-1").unlink()
    assert viewfinder.picture("cam-1") is None
