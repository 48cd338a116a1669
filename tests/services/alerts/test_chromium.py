"""The browser that tests look with."""

from __future__ import annotations

from pathlib import Path

from tests.services.alerts.chromium import chromium


async def test_a_page_that_goes_away_while_it_is_asked_is_asked_again(tmp_path: Path) -> None:
    async with chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.open("data:text/html,first")
        await tab.until("location.protocol === 'data:'")
        await tab.until("location.href === 'about:blank' || (location.href = 'about:blank', new Promise(() => {}))")
