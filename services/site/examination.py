"""How the doctor looks at site.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from services.runtime.doctor.finding import Finding, fail, ok
from services.site.errors import SiteError
from services.site.file import load_site


async def site_file(path: Path) -> Sequence[Finding]:
    """Whether it can be read, and how many cameras it names."""
    try:
        site = load_site(path)
    except SiteError as error:
        return [fail("site's file", str(error), "services/site/file.py says what it must hold")]
    found = [ok("site's file", f"site {site.site}, {len(site.camera_ids)} cameras")]
    if rooms := sorted({ref.room for ref in site.test_cameras}):
        found.append(ok("test rooms", f"{', '.join(rooms)}: nobody may live there, and nobody is called for it"))
    return found
