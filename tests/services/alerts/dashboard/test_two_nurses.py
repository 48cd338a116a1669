"""An alert's whole life on two nurses' screens in a real Chromium, with the service's clock turned by hand."""

from __future__ import annotations

import json
from pathlib import Path

from services.alerts.policy.alert import Outcome
from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.dashboard.keyboard import press
from tests.services.alerts.page import Page, served

LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
TILE = "document.getElementById('room-room-3')"
RECENT = "document.querySelector('[data-fragment=recent]').textContent"


async def enter(tab: Tab, page: Page, name: str, size: tuple[int, int], host: str = "127.0.0.1") -> None:
    """Sign in and open the ward's page. host: cookies are a host's own, so that two people share a browser."""
    url = page.url.replace("127.0.0.1", host)
    await tab.carry(url, await page.headers(name))
    await tab.open(url, size=size)
    await tab.until(LIVE)


async def touch(tab: Tab, selector: str) -> None:
    """One finger on the middle of an element."""
    script = f"""(() => {{
        const one = {TILE}.querySelector({json.dumps(selector)});
        one.scrollIntoView({{ block: 'center', behavior: 'instant' }});
        const box = one.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
    }})()"""
    x, y = await tab.evaluate(script)
    await tab.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
    await tab.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])


async def shows(tab: Tab, text: str) -> None:
    await tab.until(f"{TILE}.textContent.replace(/\\s+/g, ' ').includes({text!r})")


async def test_two_nurses_walk_the_life_of_an_alert(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with (
        served(bench) as (page, _),
        chromium(tmp_path, "--touch-events=enabled") as browser,
        browser.tab() as ada,
        browser.tab() as bo,
    ):
        await enter(ada, page, "Ada", (1400, 900))
        await enter(bo, page, "Bo", (390, 844), "localhost")
        await bench.raised("room-3", 3)
        for tab in (ada, bo):
            await tab.until(f"{TILE}.classList.contains('raised')")

        await ada.evaluate(f"{TILE}.querySelector('form.ack button').focus()")
        await press(ada, "Enter")
        for tab in (ada, bo):
            await shows(tab, "Ada is going")
            await tab.until(f"/calls again in \\d:\\d\\d min/.test({TILE}.textContent.replace(/\\s+/g, ' '))")

        await bench.tick(bench.hand.mono + 181)  # the promise runs out, and nobody came
        for tab in (ada, bo):
            await shows(tab, "it ran out or got worse")
            await shows(tab, "call 2")
        await bench.tick(bench.hand.mono + 121)
        await shows(bo, "all called")

        await touch(bo, "form[action$='/arrive'] button")
        for tab in (ada, bo):
            await shows(tab, "Bo is there")

        await bo.evaluate(f"{TILE}.querySelector('input[name=reason]').focus()")
        await bo.call("Input.insertText", text="turned her")
        await bench.pain(bench.hand.mono + 1, 2, "room-3")
        await shows(bo, "Level 2 of 3")
        assert await bo.evaluate("document.activeElement.name") == "reason"
        await bo.call("Input.insertText", text=" to the left")
        await touch(bo, "button[value=pain_treated]")
        for tab in (ada, bo):
            await shows(tab, "Look again in")
            await tab.until(
                "document.querySelector('[data-fragment=recent]').textContent.includes('Pain, treated, Bo')"
            )

        await bench.tick(bench.hand.mono + 3601)
        for tab in (ada, bo):
            await shows(tab, "Look again: due")
            await tab.until("document.querySelector('.summary').textContent.includes('look again')")
        await ada.evaluate(f"{TILE}.querySelector('button[value=no_pain]').focus()")
        await press(ada, "Space")
        for tab in (ada, bo):
            await tab.until(f"!{TILE}.textContent.includes('Look again')")
            assert tab.complaints == []
    ended = bench.ward_state.history[0]
    assert ended.resolution is not None
    assert (ended.resolution.by.name, ended.resolution.outcome) == ("Bo", Outcome.PAIN_TREATED)
    assert ended.resolution.reason == "turned her to the left"
    assert ended.ack is not None
    assert (ended.ack.by.name, ended.signals) == ("Ada", 3)


STOPPABLE = """
    const Own = AudioContext;
    window.AudioContext = class extends Own {
        constructor() { super(); window.audio = this; }
        resume() { return window.stopped ? Promise.reject(new Error('not now')) : super.resume(); }
    };
"""
"""An AudioContext that is stopped as a browser stops one: for a call, a locked screen, another page that plays."""


async def test_a_screen_that_the_browser_has_silenced_says_so_and_sounds_again_when_it_may(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await tab.call("Page.addScriptToEvaluateOnNewDocument", source=STOPPABLE)
        await enter(tab, page, "Ada", (1400, 900))
        await tab.evaluate("document.getElementById('sound').focus()")
        await press(tab, "Space")
        await tab.until("document.getElementById('sound').textContent === 'Sound here: on'")
        await tab.evaluate("window.stopped = true, window.audio.suspend().then(() => true)")
        await tab.until("document.getElementById('sound').textContent === 'Sound here: off'")
        await bench.raised("room-3", 3)
        await tab.until(f"{TILE}.classList.contains('raised')")
        assert await tab.evaluate("document.body.dataset.sound") == "off"
        await tab.evaluate("window.stopped = false, true")
        await tab.until("document.body.dataset.sound === 'sounding'")
        assert tab.complaints == []


async def test_a_screen_sounds_once_it_is_switched_on_and_the_ward_pauses_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with served(bench) as (page, _), chromium(tmp_path) as browser, browser.tab() as tab:
        await enter(tab, page, "Ada", (1400, 900))
        await bench.raised("room-3", 3)
        await tab.until(f"{TILE}.classList.contains('raised')")
        assert await tab.evaluate("document.body.dataset.sound") == "off"
        await tab.evaluate("document.getElementById('sound').focus()")
        await press(tab, "Space")
        await tab.until("document.body.dataset.sound === 'sounding'")
        await tab.evaluate("document.querySelector('form.sound button').click()")
        await tab.until("document.body.dataset.sound === 'paused'")
        bench.at(bench.hand.mono + 121)
        await tab.until("document.body.dataset.sound === 'sounding'")
        await tab.evaluate(f"{TILE}.querySelector('details.pause').open = true, 1")
        await tab.evaluate(f'{TILE}.querySelector(\'form[action$="/pause"] button[value="5"]\').click()')
        await shows(tab, "Alarms paused by Ada")
        await bench.pain(bench.hand.mono + 1, 3, "room-3")
        await tab.until("document.body.dataset.sound === 'on'")
        assert tab.complaints == []
