"""A person's browser as the camera: a page with a button, driven in Chromium, whose frames reach the bus."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from localsite.cameras.browser_camera import to_mjpeg
from localsite.cameras.own_browser.camera import page_of
from localsite.nats_pair import NatsPair
from localsite.process import Process, python
from tests.services.alerts.chromium import Tab, chromium
from tests.services.ingest.bus_frames import arrived, listening, luma
from tests.services.ingest.process import IngestProcess
from tests.services.ingest.videos import write_video
from tests.support.waiting import PATIENCE_S, eventually

FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
LOOPBACK = "--allow-loopback-in-peer-connection"
"""For a machine without a network, where browsers have no address to send from."""


@pytest.fixture
def service(tmp_path: Path, nats_pair: NatsPair) -> Iterator[IngestProcess]:
    with IngestProcess(tmp_path, nats_pair, ("own-1",), ice_addresses="[]") as one:
        yield one


@pytest.fixture
def page(tmp_path: Path, service: IngestProcess) -> Iterator[Process]:
    """The process that serves the page."""
    options = ["--whip-url", service.url("own-1"), "--token", service.tokens["own-1"], "--ca", str(service.ca)]
    command = python("localsite.cameras.own_browser.camera", *options)
    with Process("camera", command, tmp_path / "camera.log") as one:
        yield one


@asynccontextmanager
async def opened(directory: Path, url: str, *flags: str) -> AsyncIterator[Tab]:
    async with chromium(directory, LOOPBACK, *flags) as browser, browser.tab() as tab:
        await tab.open(url)
        await tab.until("document.getElementById('start') !== null && document.readyState === 'complete'")
        yield tab


async def told(tab: Tab, text: str) -> None:
    await tab.until(f"document.getElementById('status').value.includes({text!r})")


async def _reported(page: Process, event: str) -> None:
    async def there() -> bool:
        return event in [one["event"] for one in page.events()]

    await eventually(there)


async def test_the_camera_is_used_from_the_button_on_until_the_other_one(
    tmp_path: Path, nats_pair: NatsPair, service: IngestProcess, page: Process
) -> None:
    to_mjpeg(write_video(tmp_path / "square.mp4", 2.0), tmp_path / "square.mjpeg")
    film = f"--use-file-for-fake-video-capture={tmp_path / 'square.mjpeg'}"
    url = page_of(page)
    async with listening(nats_pair, "own-1") as got, opened(tmp_path, url, *FAKE_CAMERA, film) as tab:
        assert await tab.evaluate("document.getElementById('own').srcObject === null"), "nobody has agreed yet"
        await tab.evaluate("document.getElementById('start').click()")
        await told(tab, "sees you")
        await arrived(got, 2)
        assert (luma(got[-1]) > 180).sum() > 2000, "the square is there"
        await tab.evaluate("document.getElementById('stop').click()")
        await told(tab, "is off")
        await tab.evaluate("document.getElementById('start').click()")
        await told(tab, "sees you")
        await arrived(got, len(got) + 2)
        assert tab.complaints == []
        assert await asyncio.to_thread(page.stop) == 0
    events = [(event["event"], event.get("status")) for event in page.events()]
    assert events == [
        ("page", None),
        ("connected", None),
        ("deleted", 200),
        ("connected", None),
        ("deleted", 200),
    ]
    assert service.tokens["own-1"] not in page.log_end()


async def test_who_gives_no_camera_is_told_so_and_nothing_is_published(tmp_path: Path, page: Process) -> None:
    async with opened(tmp_path, page_of(page), "--deny-permission-prompts") as tab:
        await tab.evaluate("document.getElementById('start').click()")
        await told(tab, "gave no camera")
        await _reported(page, "refused")


async def test_other_sites_of_the_same_browser_reach_nothing(page: Process) -> None:
    url = page_of(page)
    root = "/".join(url.split("/")[:3])
    async with aiohttp.ClientSession() as http:

        async def status(method: str, address: str, **headers: str) -> int:
            async with http.request(method, address, headers=headers, data="v=0\r\n") as answer:
                assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
                return answer.status

        assert await status("GET", url) == 200
        assert await status("GET", root + "/") == 404
        assert await status("GET", url, Host="rebound.example") == 403
        assert await status("POST", url + "whip", Origin="https://other.example") == 403
        assert await status("POST", url + "whip", Origin=root) == 400, "the endpoint cannot read this offer"
        assert await status("POST", url + "report", Origin=root) == 400
        assert await status("GET", url + "../camera.py") == 404


async def test_it_ends_so_long_after_the_first_picture(tmp_path: Path, service: IngestProcess) -> None:
    options = ["--whip-url", service.url("own-1"), "--token", service.tokens["own-1"], "--ca", str(service.ca)]
    command = python("localsite.cameras.own_browser.camera", *options, "--seconds", "1")
    with Process("camera", command, tmp_path / "short.log") as short:
        async with opened(tmp_path, page_of(short), *FAKE_CAMERA) as tab:
            await tab.evaluate("document.getElementById('start').click()")
            await asyncio.to_thread(short.wait, PATIENCE_S)
        assert short.exit_code == 0, short.log_end()
        assert short.events()[-1]["event"] == "deleted"
