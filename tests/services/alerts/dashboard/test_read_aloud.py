"""What is read out or sounded by itself: what is new, once; not the seconds, nor at a beat what was so before."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.alerts.actor import Role
from services.alerts.dashboard import app
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.access.house import served_house
from tests.services.alerts.dashboard.keyboard import press

WATCHED = """(() => {
    window.read = [];
    window.beats = 0;
    const spoken = change => {
        const one = change.target.nodeType === Node.TEXT_NODE ? change.target.parentElement : change.target;
        return one.closest('[aria-live], [role=status], [role=alert]').getAttribute('aria-live') !== 'off';
    };
    const noted = all => window.read.push(...all.filter(spoken).map(one => one.target.textContent));
    const look = new MutationObserver(noted);
    for (const one of document.querySelectorAll('[aria-live], [role=status], [role=alert]'))
        look.observe(one, {childList: true, characterData: true, subtree: true});
    new EventSource('/events?ward=ward-2').addEventListener('beat', () => { window.beats += 1; });
})(), true"""
COUNTS = "document.querySelector('.elsewhere time').textContent"


COUNTED = """
    const Own = AudioContext;
    window.notes = 0;
    window.AudioContext = class extends Own {
        createOscillator() { window.notes += 1; return super.createOscillator(); }
    };
"""


@pytest.mark.parametrize(("level", "notes"), [(2, 2), (3, 5)])
async def test_what_calls_from_another_ward_sounds_as_it_would_here(tmp_path: Path, level: int, notes: int) -> None:
    async with served_house(tmp_path) as house, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        for second in range(10, 200, 5):
            await house.bench.alive("room-1")
            await house.bench.pain(second, level, "room-1")
            await house.bench.tick(second + 1)
        house.page.pages["ward-2"].refresh()
        await tab.call("Page.addScriptToEvaluateOnNewDocument", source=COUNTED)
        await tab.open(f"{house.page.url}/ward/ward-2")
        await tab.until("document.querySelector('.elsewhere') !== null")
        await tab.until("document.getElementById('link-text').textContent === 'Live'")
        await tab.evaluate("document.getElementById('sound').focus()")
        await press(tab, "Space")  # a click by a script is no person's, and switches nothing on
        await tab.until("window.notes > 1")
        assert (await tab.evaluate("window.notes") - 1) % notes == 0, "one note says that the sound is on"


async def test_what_stays_as_it_is_is_not_read_out_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "BEAT_S", 0.2)
    async with served_house(tmp_path) as house, chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.carry(house.page.url, await house.page.headers("Olga", Role.OVERSEER))
        for second in (10, 15):
            await house.bench.pain(second, 3, "room-1")
        await house.bench.tick(200)
        assert house.bench.ward_state.open_alerts()[0].widened_at
        house.page.pages["ward-2"].refresh()
        await tab.open(f"{house.page.url}/ward/ward-2")
        await tab.until("document.querySelector('.elsewhere') !== null")
        await tab.until("document.getElementById('link-text').textContent === 'Live'")
        began = await tab.evaluate(COUNTS)
        await tab.evaluate(WATCHED)
        house.bench.at(210)
        await tab.until(f"window.beats > 4 && {COUNTS} !== {began!r}")
        assert await tab.evaluate("window.read") == []
