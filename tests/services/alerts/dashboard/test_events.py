"""What browsers are told as it happens: what they missed, time alone, beats; and how many may listen."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from services.alerts.dashboard.http_server import DEAD_PEER_MS
from tests.services.alerts.bench import Bench
from tests.services.alerts.dashboard.over_http import Site, ack
from tests.services.alerts.page import browser, served


async def test_two_browsers_follow_an_alert_and_its_acknowledgement(site: Site) -> None:
    bench, page, client = site
    async with browser(page) as left, browser(page) as right:
        await left.until("Not assessed", "room:room-3")
        await right.until("Not assessed", "room:room-3")
        alert = await bench.raised("room-3", 3)
        for one in (left, right):
            await one.until("tile rank-1 raised alert-3", "room:room-3")
            await one.until("<b>1</b> call<", "summary")
            assert json.loads(one.fragments["order"])[0] == "room-3"
        await client.post(ack(alert))
        for one in (left, right):
            await one.until("<b>Ada</b> is going", "room:room-3")
        assert left.fragments == right.fragments
        assert bench.value("viewers") == 2


async def test_a_reconnecting_browser_gets_what_it_missed(site: Site) -> None:
    bench, page, _ = site
    async with browser(page) as events:
        await events.until("Not assessed", "room:room-1")
        seen = events.id
    await bench.pain(0, 1, "room-3")
    async with browser(page, seen) as events:
        await events.until("Mild", "room:room-3")
        assert "room:room-1" not in events.fragments
    for strange in ("other-1", f"{page.ward_page.spoken('en').boot}-99999", "nonsense"):
        async with browser(page, strange) as events:
            await events.until("Not assessed", "room:room-1")


async def test_time_alone_reaches_the_browser(site: Site) -> None:
    bench, page, _ = site
    await bench.pain(0, 0)
    async with browser(page) as events:
        await events.until("No pain", "room:room-1")
        await bench.alive("room-1")
        await events.until("Face in view", "room:room-1")
        bench.at(50)
        await events.until("Room device silent", "room:room-1")
        await bench.alive("room-1")
        await events.until("No recent evidence", "room:room-1")
        page.problems = ("Redis is away.",)
        await events.until("Redis is away", "banner")
        page.problems = ()
        await events.until("^(?!.*Redis)", "banner")
        assert "In 9 rooms a link from camera to ward is broken" in events.fragments["banner"]


async def test_beats_tell_that_the_service_lives(site: Site) -> None:
    _, page, _ = site
    async with browser(page) as events:
        assert (await events.next()).keys() == {"now"}
        assert events.names == ["beat"]


async def test_viewers_are_bounded(tmp_path: Path) -> None:
    async with served(Bench(tmp_path), max_viewers=1) as (page, client), browser(page) as events:
        await events.next()
        answer = await client.get("/events?ward=ward-1")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


async def test_a_tab_that_comes_again_takes_its_own_place(tmp_path: Path) -> None:
    """The former connection may look alive for long after the browser has given it up."""
    bench = Bench(tmp_path)
    async with served(bench, max_viewers=2) as (page, client), browser(page, tab="one") as former:
        await former.next()
        for _ in range(3):
            async with browser(page, tab="one") as again:
                await again.next()
                assert bench.value("viewers") == 1
        async with browser(page, tab="one") as again, browser(page, tab="two") as other:
            await again.next()
            await other.next()
            assert (await client.get("/events?ward=ward-1&tab=three")).status_code == 503
            assert (await client.get("/events?ward=ward-1")).status_code == 503
            with pytest.raises(StopAsyncIteration):
                while True:
                    await former.next()


async def test_a_peer_that_is_gone_without_a_word_is_given_up_by_the_system(site: Site) -> None:
    _, page, _ = site
    set_to = page.server.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    assert set_to == DEAD_PEER_MS
