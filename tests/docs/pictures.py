"""Takes the pictures of the ward's pages in docs/ anew: python -m tests.docs.pictures

python -m tests.docs.pictures FOLDER takes every page instead, by day and by night, on a desk and on a telephone, for
whoever wants to look at all of them.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from services.alerts.actor import Role
from services.alerts.dashboard.access.rules import RULES
from tests.docs.pages import ROOT
from tests.docs.scene import ADA, ZONE, Scene
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.page import Page, served

DESK, TELEPHONE = (1600, 1000), (390, 844)
SHOWN: dict[str, tuple[str, tuple[int, int]]] = {
    "dashboard": ("/ward/ward-1", DESK),
    "chain": ("/ward/ward-1/chain", (1600, 620)),
    "room": ("/ward/ward-1/room/room-1", (1180, 1500)),
    "shift": ("/ward/ward-1/reports?length=day&day=2026-02-28", (1180, 1500)),
    "settings": ("/ward/ward-1/settings", (1180, 1300)),
}
"""By the picture's name: the page, and how much of it."""
ALL = [
    path.replace("{ward}", "ward-1").replace("{room}", "room-1")
    for (method, path), rule in RULES.items()
    if method == "GET" and rule.page and not path.startswith(("/provider", "/link", "/change", "/sign-in"))
]
SETTLED_S = 1.5
"""Plots are drawn, and the page has heard of what changed: nothing that is looked at by a test."""


async def taken(tab: Tab, url: str, to: Path, size: tuple[int, int], dark: bool = False, whole: bool = False) -> None:
    """One picture. whole: as high as the page is."""
    await tab.open(url, dark, size)
    await tab.until("document.readyState === 'complete'")
    await asyncio.sleep(SETTLED_S)
    if whole:
        height = int(await tab.evaluate("document.documentElement.scrollHeight"))
        metrics = {"width": size[0], "height": min(height, 6000), "deviceScaleFactor": 1, "mobile": False}
        await tab.call("Emulation.setDeviceMetricsOverride", **metrics)
        await asyncio.sleep(SETTLED_S)
    await asyncio.to_thread(to.write_bytes, await tab.picture())


async def every_page(page: Page, tab: Tab, folder: Path) -> None:
    """All of them, in four ways."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for path in ALL:
        for dark in (False, True):
            for name, size in (("desk", DESK), ("telephone", TELEPHONE)):
                words = [path.strip("/").replace("/", "-") or "first", "dark" if dark else "light", name]
                await taken(tab, page.url + path, folder / f"{'_'.join(words)}.png", size, dark, whole=True)


async def main(folder: Path | None) -> None:
    """Play the scene, and take what was asked for."""
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(Path(directory))
        async with (
            served(bench, timezone=ZONE) as (page, _),
            chromium(Path(directory)) as browser,
            browser.tab() as tab,
        ):
            await Scene(bench, page).play()
            who, role = (ADA, Role.NURSE) if folder is None else ("Olga Ruiz", Role.OVERSEER)
            await tab.carry(page.url, await page.headers(who, role))
            if folder is not None:
                await every_page(page, tab, folder)
                return
            for name, (path, size) in SHOWN.items():
                await taken(tab, page.url + path, ROOT / "docs" / f"{name}.png", size)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
