"""A ward of two hundred cameras: the browser draws and moves what changed, and nothing besides."""

from __future__ import annotations

import random
from pathlib import Path

from services.alerts.policy.alert import Outcome
from services.site.file import load_site
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.page import served
from tests.services.alerts.site import site_file
from tests.support.waiting import eventually

COUNT = 200
ROOMS = {f"room-{number}": f"Room {number}" for number in range(1, COUNT + 1)}
COUNTED = """(() => {
    window.added = [];
    new MutationObserver(changes => window.added.push(...changes.flatMap(one => [...one.addedNodes])
        .filter(node => node.dataset).map(node => node.dataset.room)))
        .observe(document.getElementById('rooms'), {childList: true});
})(), true"""
"""From now on, every tile that is drawn or moved."""
ORDER = "[...document.querySelectorAll('.tile')].map(tile => tile.dataset.room)"


async def settled(tab: Tab, page_order: list[str]) -> None:
    """Until the tiles stand as the service has them."""

    async def same() -> bool:
        return bool(await tab.evaluate(ORDER) == page_order)

    await eventually(same)


async def test_one_change_draws_one_tile_and_moves_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, site=load_site(site_file(tmp_path, ROOMS)))
    await bench.alive()
    for room in ROOMS:
        await bench.pain(0.0, 0, room)
    await bench.pain(0.0, 0, "room-2", "cam-chair")
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url)
        await tab.until(f"document.querySelectorAll('.tile').length === {COUNT}")
        await tab.until("document.getElementById('link-text').textContent === 'Live'")
        page.ward_page.refresh()
        await settled(tab, [room.id for room in page.ward_page.view.rooms])
        await tab.evaluate(COUNTED)
        alert = await bench.raised("room-150", 3, 1.0)
        await tab.until("document.querySelector('.tile')?.dataset.room === 'room-150'")
        await bench.arrive(alert)
        await bench.resolve(alert, Outcome.NO_PAIN)
        await bench.pain(20.0, 0, "room-150")
        await tab.until("document.querySelector('.tile').dataset.room !== 'room-150'")
        await settled(tab, [room.id for room in page.ward_page.view.rooms])
        assert set(await tab.evaluate("window.added")) == {"room-150"}
        assert tab.complaints == []


async def test_any_order_is_come_to_from_any_other(tmp_path: Path) -> None:
    """Forty rooms that are mild or calm by the throw of a coin, again and again."""
    rooms = dict(list(ROOMS.items())[:40])
    bench = Bench(tmp_path, site=load_site(site_file(tmp_path, rooms)))
    await bench.alive()
    drawn = random.Random(4)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers())
        await tab.open(page.url)
        await tab.until("document.getElementById('link-text')?.textContent === 'Live'")
        for number in range(8):
            for room in rooms:
                await bench.pain(number * 2.0, drawn.randrange(2), room)
            page.ward_page.refresh()
            await settled(tab, [room.id for room in page.ward_page.view.rooms])
