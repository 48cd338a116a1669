"""Connections that went silent without closing, in a real browser: the page comes back, and owns what is not known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.services.alerts.bench import Bench
from tests.services.alerts.chromium import Tab, chromium
from tests.services.alerts.page import served
from tests.services.alerts.relay import Relay, relayed
from tests.support.waiting import eventually

LIVE = "document.getElementById('link-text')?.textContent === 'Live'"
NOTES = """(() => {
    window.said = [];
    const text = document.getElementById('link-text');
    new MutationObserver(() => window.said.push(text.textContent)).observe(text, {childList: true});
})()"""
"""Keeps what the page says of its connection."""


@asynccontextmanager
async def followed(bench: Bench, folder: Path) -> AsyncIterator[tuple[Relay, Tab]]:
    """A ward's page in a browser, live, by way of a relay."""
    async with (
        served(bench) as (page, _),
        relayed(page.server.port) as relay,
        chromium(folder) as browser,
        browser.tab() as tab,
    ):
        await tab.carry(f"http://127.0.0.1:{relay.port}/", await page.headers())
        await tab.open(f"http://127.0.0.1:{relay.port}/")
        await tab.until(LIVE)
        yield relay, tab


async def asked_again(relay: Relay, links: int) -> bool:
    """Whether there is a connection that was not there before."""
    return relay.links > links


async def test_a_stream_that_went_silent_is_given_up_and_the_page_comes_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with followed(bench, tmp_path) as (relay, tab):
        for round_number in range(2):
            before = relay.links
            relay.silence()
            await bench.raised(f"room-{round_number + 3}", 3, 100.0 * round_number)
            await tab.until(f"document.querySelector('#room-room-{round_number + 3}.raised') !== null")
            assert await tab.evaluate(f"{LIVE} && document.getElementById('lost').hidden")
            assert before < relay.links <= before + 3
        assert bench.value("viewers") == 1
        assert tab.complaints == []


async def test_a_machine_that_slept_says_so_and_asks_anew_at_once(tmp_path: Path) -> None:
    """Its wall clock has gone on and the page's own has not. Beats still come, so that nothing else makes it ask."""
    bench = Bench(tmp_path)
    async with followed(bench, tmp_path) as (relay, tab):
        await tab.evaluate(f"{NOTES}, true")
        links = relay.links
        await tab.evaluate("(now => { Date.now = () => now() + 3600000; })(Date.now.bind(Date)), true")
        await eventually(lambda: asked_again(relay, links))
        await tab.until(f"window.said.includes('Not connected') && {LIVE}")
        relay.silence(new_ones_too=True)
        await bench.raised("room-3", 3)
        await tab.evaluate("(now => { Date.now = () => now() + 3600000; })(Date.now.bind(Date)), true")
        await tab.until("!document.getElementById('lost').hidden")
        relay.revive()
        await tab.until(f"document.querySelector('#room-room-3.raised') !== null && {LIVE}")
        assert await tab.evaluate("document.getElementById('lost').hidden")
        assert bench.value("viewers") == 1
        assert tab.complaints == []


async def test_a_service_that_swallows_everything_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with followed(bench, tmp_path) as (relay, tab):
        links = relay.links
        relay.silence()

        async def tried_again() -> bool:
            if relay.links > links:
                relay.silence()  # also the first new one
            return relay.links > links + 1

        await eventually(tried_again)
        await tab.until(LIVE)


async def test_an_acknowledgement_into_a_silent_connection_says_that_nothing_is_known(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    await bench.raised("room-3", 3)
    async with followed(bench, tmp_path) as (relay, tab):
        relay.silence(new_ones_too=True)
        await tab.evaluate("document.querySelector('#room-room-3 button').click()")
        await tab.until(
            "document.querySelector('#room-room-3 .refused')?.textContent === 'No connection. Go and look.'"
        )
        assert await tab.evaluate("document.querySelector('#room-room-3 button').disabled") is False
        assert bench.ward_state.open_alerts()[0].ack is None
        relay.revive()
        await tab.until(LIVE)
        await tab.evaluate("document.querySelector('#room-room-3 button').click()")
        await tab.until("document.querySelector('#room-room-3 .taken b')?.textContent === 'Ada'")
