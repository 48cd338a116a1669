"""The set-up page over HTTPS: what it shows to whom, and of what it shows outlines alone."""

from __future__ import annotations

import io
import logging
import math
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import av
import numpy as np
import pytest
import yaml

from localsite.pki import Pki
from localsite.site_file import write_site
from services.ingest.camera_state import StatePolicy
from services.ingest.cameras import Camera, cameras_of
from services.ingest.frames.picture import to_picture
from services.ingest.https_server import serving
from services.ingest.setup_page.page import SetupPage
from services.ingest.setup_page.sign_in import SignIn
from services.ingest.setup_page.switch import Switch
from services.ingest.setup_page.viewfinder import Viewfinder
from services.probe.whip_client import http_session
from services.runtime.clock import SystemClock
from services.runtime.log_rate_limit import LINES, LogRateLimit
from services.site.file import load_site
from services.site.records import PictureRegions
from tests.services.alerts.chromium import chromium
from tests.support.waiting import eventually

TOKEN = "0123456789abcdef"
LEFT = [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]]
ENTRY = {"sight": {"drawn_on": "640x480", "masks": [LEFT]}}
PATHS = ("/cameras", "/cameras/cam-1", "/cameras/cam-1/picture")


@dataclass
class Room:
    """The page, and a technician's browser before it."""

    camera: Camera
    viewfinder: Viewfinder
    token: Path
    shutters: Path
    http: aiohttp.ClientSession
    url: str

    def films(self) -> None:
        """The camera gives a bright picture."""
        now = SystemClock().now()
        self.camera.tracker.opened(now)
        self.camera.frame(now)
        frame = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 200, np.uint8), format="rgb24")
        self.viewfinder.show("cam-1", to_picture(frame, self.camera.mask))

    async def get(self, path: str) -> tuple[int, bytes]:
        """(status, body)."""
        async with self.http.get(self.url + path) as answer:
            assert answer.headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            return answer.status, await answer.read()

    async def sign_in(self, token: str = TOKEN) -> int:
        """The status."""
        async with self.http.post(self.url + "/sign-in", data={"token": token}, allow_redirects=False) as answer:
            return answer.status

    async def status(self) -> str:
        """Of the camera, as the page says it."""
        async with self.http.get(self.url + "/cameras/cam-1") as answer:
            return str((await answer.json())["status"])


@pytest.fixture
async def room(tmp_path: Path, pki: Pki) -> AsyncIterator[Room]:
    async with _room(tmp_path, pki) as one:
        yield one


@asynccontextmanager
async def _room(tmp_path: Path, pki: Pki) -> AsyncIterator[Room]:
    write_site(tmp_path / "site.yaml", ("cam-1",), more={"cam-1": ENTRY})
    (tmp_path / "shutters").mkdir()
    (tmp_path / "token").write_text(TOKEN + "\n")
    site, clock = load_site(tmp_path / "site.yaml"), SystemClock()
    cameras = cameras_of(site, StatePolicy(), clock.now(), tmp_path / "shutters")
    switch = Switch(tmp_path / "token", clock)
    viewfinder = Viewfinder(switch)
    cert, key, ca = pki.cert("ingest_web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    seldom = LogRateLimit(period_s=math.inf)
    page = SetupPage(site, cameras, switch, SignIn(switch), viewfinder, clock, seldom)
    async with serving(page.application(), "127.0.0.1", 0, context) as port, http_session(ca) as http:
        url = f"https://localhost:{port}"
        yield Room(cameras["cam-1"], viewfinder, tmp_path / "token", tmp_path / "shutters", http, url)


async def test_only_who_shows_the_token_sees_anything(room: Room) -> None:
    room.films()
    assert [(await room.get(path))[0] for path in PATHS] == [401, 401, 401]
    async with room.http.post(room.url + "/sign-in", data={"token": "another-token-16"}) as answer:
        assert answer.status == 403
        again = await answer.text()
    assert '<p role="alert"><b>This is not the token.</b></p>' in again
    assert "Token of this device" in again
    assert [(await room.get(path))[0] for path in PATHS] == [401, 401, 401]
    status, front = await room.get("/")
    assert (status, b"Token of this device" in front) == (200, True)
    assert await room.sign_in() == 303
    assert [(await room.get(path))[0] for path in PATHS] == [200, 200, 200]
    status, front = await room.get("/")
    assert (status, b"<svg" in front) == (200, True)
    assert {(await room.get(f"/static/{name}"))[0] for name in ("page.js", "page.css")} == {200}


async def test_who_tries_without_end_fills_no_log(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "veilward.ingest")
    for _ in range(2 * LINES):
        assert await room.sign_in("another-token-16") == 403
    said = [record for record in caplog.records if record.getMessage() == "setup_refused"]
    assert len(said) == LINES


async def test_the_picture_is_the_one_that_is_published(room: Room) -> None:
    room.films()
    await room.sign_in()
    _, body = await room.get("/cameras/cam-1/picture")
    with av.open(io.BytesIO(body), format="mjpeg") as container:
        seen = next(container.decode(video=0)).to_ndarray(format="rgb24")
    assert seen.shape == (480, 640, 3)
    assert seen[:, :310].max() < 8, "black under the mask, but for what JPEG makes of it"
    assert abs(int(np.median(seen[:, 340:])) - 200) < 6


async def test_behind_a_closed_shutter_are_outlines_alone(room: Room) -> None:
    room.films()
    await room.sign_in()
    (room.shutters / "cam-1").touch()
    assert (await room.get("/cameras/cam-1/picture"))[0] == 404
    assert await room.status() == "shutter_closed"
    async with room.http.get(room.url + "/cameras/cam-1") as answer:
        said = await answer.json()
    assert (said["masks"], said["size"]) == ([LEFT], None)
    (room.shutters / "cam-1").unlink()
    assert (await room.get("/cameras/cam-1/picture"))[0] == 404, "the picture of before is forgotten"


async def test_after_ten_minutes_it_is_off_and_holds_nothing(room: Room) -> None:
    room.films()
    await room.sign_in()
    old = room.token.stat().st_mtime - 601
    os.utime(room.token, (old, old))
    for path in ("/", "/static/page.js", *PATHS):
        assert (await room.get(path))[0] == 404
    assert await room.sign_in() == 404
    await room.viewfinder.sweep()
    assert room.viewfinder.picture("cam-1") is None
    room.films()
    assert room.viewfinder.picture("cam-1") is None


async def test_what_is_not_there(room: Room) -> None:
    await room.sign_in()
    for path in ("/cameras/cam-9", "/cameras/cam-9/picture", "/static/page.html", "/static/..%2fpage.py"):
        assert (await room.get(path))[0] == 404
    async with room.http.post(room.url + "/sign-in", data={"token": "x" * 10_000}) as answer:
        assert answer.status == 413


async def test_a_technician_draws_a_mask_in_a_browser(room: Room, tmp_path: Path) -> None:
    async with chromium(tmp_path, "--ignore-certificate-errors") as browser, browser.tab() as tab:
        await tab.open(room.url)
        await tab.until("!!document.querySelector('[name=token]')")
        await tab.evaluate(f"document.querySelector('[name=token]').value = '{TOKEN}'")
        await tab.evaluate("document.querySelector('button').click()")

        async def shown() -> bool:
            room.films()  # a browser on a busy machine takes longer than a picture is live
            return bool(await tab.evaluate("document.querySelector('#picture')?.naturalWidth === 640"))

        await eventually(shown)
        await tab.until("document.querySelectorAll('.mask').length === 1")
        box = await tab.evaluate("document.querySelector('#outlines').getBoundingClientRect().toJSON()")
        for across, down in ((0.6, 0.1), (0.9, 0.1), (0.9, 0.5)):
            where = {"x": box["x"] + across * box["width"], "y": box["y"] + down * box["height"]}
            for kind in ("mousePressed", "mouseReleased"):
                await tab.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **where)
        await tab.evaluate("document.querySelector('#bed').click()")
        snippet = await tab.evaluate("document.querySelector('#snippet').value")
        assert [one for one in tab.complaints if "404" not in one] == []  # a picture may just have become too old
        await tab.call("Fetch.enable", patterns=[{"urlPattern": "*"}])  # asked, the device says nothing at all
        await tab.until("document.querySelector('#status').value.endsWith('no picture is shown.')")
        assert await tab.evaluate("[...document.images].every((one) => one.hidden && !one.src)"), "none of before"
        await tab.call("Fetch.disable")
        await tab.until("!document.querySelector('#status').value.endsWith('no picture is shown.')")
    drawn = PictureRegions.model_validate(yaml.safe_load(snippet)["sight"])
    assert [list(map(list, mask)) for mask in drawn.masks] == [LEFT]
    assert drawn.drawn_on == "640x480"
    assert drawn.bed is not None
    assert np.allclose(drawn.bed, [[0.6, 0.1], [0.9, 0.1], [0.9, 0.5]], atol=0.01)
