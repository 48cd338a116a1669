"""The room's pause button over HTTPS and in a browser: it pauses, ends nothing, and no other page presses it."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from localsite.pki import Pki
from localsite.site_file import ROOM, WARD, write_site
from services.bus.models import CameraRef
from services.ingest.button_page.page import ButtonPage
from services.ingest.button_page.words import LANGUAGES, WORDS, chosen
from services.ingest.consent.gate import Gate
from services.ingest.consent.store import Store
from services.ingest.https_server import serving
from services.ingest.metrics import IngestMetrics
from services.probe.whip_client import http_session
from services.runtime.clock import SystemClock
from services.runtime.metrics import Metrics
from services.site.file import load_site
from tests.services.alerts.chromium import chromium
from tests.services.alerts.dashboard.axe import violations
from tests.services.ingest.consent.slow_disk import SlowDisk
from tests.services.ingest.consent.ward import Ward
from tests.support.waiting import eventually

CAMERAS = ("cam-1", "cam-2")
READ_OUT = """(() => {
    window.readOut = 0;
    new MutationObserver(changes => { window.readOut += changes.length; })
        .observe(document.getElementById('cameras'), {childList: true, subtree: true});
})(), true"""
"""From now on, how often something is put where screen readers read out what is put there."""
LOOKED = "performance.getEntriesByType('resource').some(one => one.name === location.href)"


@dataclass
class Room:
    """The page and the gate behind it. say(): the ward allows every camera, or what is given."""

    gate: Gate
    ward: Ward
    store: Path
    http: aiohttp.ClientSession
    url: str

    async def say(self, **changed: object) -> None:
        for camera in CAMERAS:
            where = CameraRef(site="demo", ward=WARD, room=ROOM, camera=camera)
            await self.gate.hear(self.ward.message(self.ward.statement(where, self.gate.question(), **changed)))

    async def text(self, language: str = "en") -> str:
        async with self.http.get(self.url, headers={"Accept-Language": language}) as answer:
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            return await answer.text()

    async def press(self, minutes: str = "30", origin: str | None = None) -> int:
        headers = {"Origin": self.url if origin is None else origin} if origin != "" else {}
        async with self.http.post(
            f"{self.url}/pause", data={"minutes": minutes}, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status


@pytest.fixture
async def room(tmp_path: Path, pki: Pki) -> AsyncIterator[Room]:
    write_site(tmp_path / "site.yaml", CAMERAS)
    site, ward, clock = load_site(tmp_path / "site.yaml"), Ward(), SystemClock()
    folder = tmp_path / "store"
    folder.mkdir()
    refs = {name: site.camera(name) for name in CAMERAS}
    store = Store(folder, [ward.public], "boot")
    gate = Gate(refs, [ward.public], store, IngestMetrics(Metrics(), CAMERAS), clock)
    cert, key, ca = pki.cert("ingest_web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    async with serving(ButtonPage(site, gate).application(), "127.0.0.1", 0, context) as port, http_session(ca) as http:
        yield Room(gate, ward, folder, http, f"https://localhost:{port}")


async def test_it_says_what_is_so(room: Room) -> None:
    assert "Nothing is processed" in await room.text()
    await room.say()
    assert "Looks for signs of pain" in await room.text()
    await room.say(windows=(room.ward.window(-60, 1140),))
    text = await room.text()
    for said in ("Paused", "by a nurse (personal care)", "19 min left"):
        assert said in text
    await room.say(basis="withdrawn")
    assert "No consent" in await room.text()


async def test_pressed_it_pauses_every_camera_before_the_disk_has_any(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.say()
    assert all(room.gate.may(one) for one in CAMERAS)
    disk = SlowDisk(monkeypatch)

    async def closed() -> bool:
        return not any(room.gate.may(one) for one in CAMERAS)

    pressed = asyncio.create_task(room.press("30"))
    try:
        await eventually(closed)
        assert not pressed.done()
    finally:
        disk.end()
    assert await pressed == 303


async def test_pressed_it_pauses_every_camera_of_the_room_and_ends_none(room: Room) -> None:
    await room.say()
    assert await room.press("30") == 303
    assert [room.gate.verdict(one).by for one in CAMERAS] == ["room", "room"]
    await room.say()
    text = await room.text()
    assert "by somebody in the room" in text
    assert "30 min left" in text
    assert {path.stem for path in room.store.iterdir()} == set(CAMERAS)
    assert await room.press("15") == 303
    left = room.gate.verdict("cam-1").left_s
    assert left is not None
    assert left > 15 * 60 + 60, "a shorter one shortens nothing"
    for path in ("/resume", "/end", "/pause/end"):
        async with room.http.post(room.url + path, headers={"Origin": room.url}) as answer:
            assert answer.status == 404
    assert not room.gate.may("cam-1")


@pytest.mark.parametrize("minutes", ["", "0", "-5", "14400", "many"])
async def test_no_other_length_is_taken(room: Room, minutes: str) -> None:
    await room.say()
    assert await room.press(minutes) == 422
    assert room.gate.may("cam-1")


@pytest.mark.parametrize("origin", ["", "https://elsewhere.example", "null", "https://[nowhere"])
async def test_nobody_elses_page_presses_it(room: Room, origin: str) -> None:
    await room.say()
    assert await room.press("30", origin) == 403
    assert room.gate.may("cam-1")


async def test_what_cannot_be_kept_is_paused_and_said(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await room.say()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        assert await room.press("15") == 507
    assert not room.gate.may("cam-1")
    assert not room.gate.may("cam-2")


def test_every_word_is_said_in_every_language() -> None:
    assert {len(words) for words in WORDS.values()} == {len(LANGUAGES)}
    assert all(all(words) for words in WORDS.values())
    assert [chosen(asked) for asked in ("de-AT,de;q=0.9", "xx, fr;q=0.5", "", "pt")] == ["de", "fr", "en", "en"]


async def test_somebody_presses_it_in_a_browser(room: Room, tmp_path: Path) -> None:
    await room.say()
    async with chromium(tmp_path, "--ignore-certificate-errors") as browser, browser.tab() as tab:
        for dark, size in ((False, (800, 480)), (True, (390, 844))):
            await tab.open(room.url, dark, size)
            await tab.until("document.querySelectorAll('button').length === 3")
            assert await violations(tab) == []
            assert await tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        await tab.evaluate(READ_OUT)
        await tab.until(LOOKED)
        assert await tab.evaluate("window.readOut") == 0, "what did not change is not read out again"
        await room.gate.pause("cam-1", 600, "")
        await tab.until("document.querySelectorAll('li.paused').length === 1")  # by itself
        await tab.evaluate("document.querySelector('button[value=\"15\"]').click()")
        await tab.until("document.querySelectorAll('li.paused').length === 2")
        assert await violations(tab) == []
        await tab.call("Fetch.enable", patterns=[{"urlPattern": "*"}])  # asked, the device says nothing at all
        await tab.until("!document.getElementById('lost').hidden")
        await tab.call("Fetch.disable")
        await tab.until("document.getElementById('lost').hidden")
    assert room.gate.verdict("cam-2").by == "room"
