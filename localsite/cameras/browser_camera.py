"""A browser as a camera: headless Chromium plays a file into getUserMedia and publishes it by WHIP from a page.

    python -m localsite.cameras.browser_camera --whip-url https://localhost:8443/whip/cam-1 --token T \\
        --cert ingest_web.pem --video face.mjpeg

Chromium takes .mjpeg and .y4m (`to_mjpeg` makes one of any video) and plays it again and again. The server's
certificate is known by the hash of its public key (--ignore-certificate-errors-spki-list). The page is served on
loopback, gets its settings there, and reports there; each report is printed as a JSON line. Ends after --seconds, or on
SIGTERM, with the page's DELETE. Exits 0 when the page published and deleted, else 1.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from video.file import pictures

PAGE = Path(__file__).with_name("browser_camera.html")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
START_TIMEOUT_S = 180.0
END_TIMEOUT_S = 60.0


class BrowserError(RuntimeError):
    """Chromium is missing, ended, or its page could not publish."""


def spki_hash(certificate: Path) -> str:
    """The base64 SHA-256 of a PEM certificate's public key, as Chromium's switch wants it."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(info).digest()).decode()


def to_mjpeg(video: Path, out: Path, fps: int = 15) -> float:
    """Write `video` as Motion JPEG for Chromium's fake camera, which shows `fps` a second; the seconds that it plays.

    A picture stands until the next one's time. Raises VideoError, OSError, av.FFmpegError.
    """
    with av.open(str(out), "w", format="mjpeg") as target:
        stream = target.add_stream("mjpeg", rate=fps)
        stream.pix_fmt = "yuvj420p"
        number, shown = 0, None
        for seconds, picture in pictures(video, fps):
            if shown is None:
                stream.width, stream.height = picture.width, picture.height
            due, shown = shown or picture, picture.reformat(stream.width, stream.height, "yuvj420p")
            while number <= round(seconds * fps):
                standing = shown if number == round(seconds * fps) else due
                standing.pts, standing.time_base = number, Fraction(1, fps)
                target.mux(stream.encode(standing))
                number += 1
        target.mux(stream.encode())
    return number / fps


def command(browser: str, profile: Path, video: Path, certificate: Path, url: str) -> list[str]:
    """Chromium's command line."""
    return [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--no-first-run",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
        "--allow-loopback-in-peer-connection",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video.absolute()}",
        f"--ignore-certificate-errors-spki-list={spki_hash(certificate)}",
        f"--user-data-dir={profile}",
        url,
    ]


class Page:
    """The loopback site that the page comes from and talks to. Reports are kept and printed."""

    def __init__(self, settings: dict[str, object]) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._reports: asyncio.Queue[dict[str, object]] = asyncio.Queue(maxsize=256)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Listen on any free port of loopback; the page's address."""
        app = web.Application()
        app.router.add_get("/", self._page)
        app.router.add_get("/settings", self._give_settings)
        app.router.add_get("/stop", self._wait_stop)
        app.router.add_post("/report", self._take_report)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
        finally:
            await runner.cleanup()

    def stop(self) -> None:
        """Tell the page to end its session."""
        self._stop.set()

    async def until(self, event: str) -> None:
        """Wait for a report of `event`. Raises BrowserError when the page reports a failure."""
        while True:
            found = await self._reports.get()
            if found.get("event") == "failed":
                raise BrowserError(str(found.get("reason"))[:200])
            if found.get("event") == event:
                return

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    async def _give_settings(self, _: web.Request) -> web.Response:
        return web.json_response(self._settings)

    async def _wait_stop(self, _: web.Request) -> web.Response:
        await self._stop.wait()
        return web.Response(status=204)

    async def _take_report(self, request: web.Request) -> web.Response:
        found = await request.json()
        print(json.dumps({"at": time.time(), **found}), flush=True)
        if not self._reports.full():
            self._reports.put_nowait(found)
        return web.Response(status=204)


@contextlib.asynccontextmanager
async def chromium(options: argparse.Namespace, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A running Chromium with a throw-away profile; its whole process group ends with the block. BrowserError."""
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        raise BrowserError("no Chromium is installed")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        child = await asyncio.create_subprocess_exec(
            *command(browser, Path(profile), options.video, options.cert, url),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            await child.wait()


async def play(options: argparse.Namespace, stop: asyncio.Event) -> None:
    """Publish for options.seconds (None: until `stop`). Raises BrowserError, TimeoutError."""
    page = Page({"url": options.whip_url, "token": options.token, "codec": options.codec, "fps": options.fps})
    async with page.serve() as url, chromium(options, url):
        async with asyncio.timeout(START_TIMEOUT_S):
            await page.until("connected")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(options.seconds):
                await stop.wait()
        page.stop()
        async with asyncio.timeout(END_TIMEOUT_S):
            await page.until("deleted")


async def run(options: argparse.Namespace) -> int:
    """The exit status."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await play(options, stop)
    except (BrowserError, TimeoutError, OSError) as error:
        failure = {"at": time.time(), "event": "failed", "kind": type(error).__name__, "reason": str(error)}
        print(json.dumps(failure), flush=True)
        return 1
    return 0


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Publish a video file from headless Chromium by WHIP")
    parser.add_argument("--whip-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--video", required=True, type=Path, help=".mjpeg or .y4m")
    parser.add_argument("--cert", required=True, type=Path, help="the server's certificate, PEM")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--codec", choices=("VP8", "H264"), default="VP8")
    parser.add_argument("--seconds", type=float, help="end after so long")
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(asyncio.run(run(arguments())))
