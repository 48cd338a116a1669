"""How the doctor looks at site.yaml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from services.runtime.doctor.finding import Finding, fail, ok, warn
from services.site.errors import SiteError
from services.site.file import load_site
from services.site.records import Camera, Site


async def site_file(path: Path) -> Sequence[Finding]:
    """Whether it can be read, how many cameras it names, and that each is one of its own."""
    try:
        site = load_site(path)
    except SiteError as error:
        return [fail("site's file", str(error), "services/site/file.py says what it must hold")]
    found = [ok("site's file", f"site {site.site}, {len(site.camera_ids)} cameras")]
    if rooms := sorted({ref.room for ref in site.test_cameras}):
        found.append(ok("test rooms", f"{', '.join(rooms)}: nobody may live there, and nobody is called for it"))
    return [*found, *_alike(site)]


def _alike(site: Site) -> list[Finding]:
    """Cameras that nothing tells apart: one would be shown, and scored, as the other."""
    by_proof: defaultdict[str, list[str]] = defaultdict(list)
    for one in site.camera_ids:
        by_proof[_proof(site.entry(one))].append(one)
    todo = "give each camera a token, or an address, of its own"
    return [
        warn("cameras", f"{', '.join(several)} have one token or address: each can stand in for the other", todo)
        for several in by_proof.values()
        if len(several) > 1
    ]


def _proof(camera: Camera) -> str:
    """What it is known by: it alone has the token, or is at the address."""
    where = camera.rtsp or camera.whep
    return where.url if where is not None else str(camera.token_sha256)
