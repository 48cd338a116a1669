"""Pages that do not follow the ward by themselves say of what moment they are, on paper as well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.alerts.actor import Role
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.axe import violations
from tests.services.alerts.page import Page, served

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_THE_WARD = ("chain", "room/room-1", "history", "reports", "consents", "settings")
STILL = (*(f"/ward/ward-1/{one}" for one in OF_THE_WARD), "/people", "/records", "/receivers")
A4 = (688, 1017)
"""What margins of 14 mm leave of a sheet, in pixels of 1/96 inch."""
SHOWN = (
    "[...document.querySelectorAll('body *')].filter(one => one.checkVisibility() && {0}).map(one => one.textContent)"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with served(Bench(tmp_path_factory.mktemp("still")), timezone="Europe/Berlin") as (page, _):
        yield page


@pytest.mark.parametrize("path", STILL)
async def test_it_says_of_what_moment_it_is(page: Page, path: str) -> None:
    olga = await page.client("Olga", Role.OVERSEER)
    text = (await olga.get(path)).raise_for_status().text
    assert '<span class="soft">as of</span> <time class="now" datetime="2026-03-01T08:00' in text
    assert ">09:00</time> <small>1 Mar 2026, Europe/Berlin</small>" in text


@pytest.mark.parametrize("path", ["/records", "/ward/ward-1/history", "/ward/ward-1/reports"])
async def test_on_paper_stands_what_was_read_and_when_and_nothing_to_press(
    page: Page, path: str, tmp_path: Path
) -> None:
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(page.url, await page.headers("Olga", Role.OVERSEER))
        await tab.open(page.url + path, dark=True, size=A4)
        await tab.until("document.readyState === 'complete' && document.querySelector('.clock') !== null")
        dark = {"name": "prefers-color-scheme", "value": "dark"}
        await tab.call("Emulation.setEmulatedMedia", media="print", features=[dark])
        assert await tab.evaluate(SHOWN.format("one.matches('nav, button, .languages')")) == []
        assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "a column is cut off"
        assert await violations(tab) == [], "light on white"
        (clock,) = await tab.evaluate(SHOWN.format("one.matches('.clock')"))
        assert " ".join(clock.split()) == "as of 09:00 1 Mar 2026, Europe/Berlin"
