"""A camera: the browser of whoever opens a page that this process serves on loopback, and presses its button.

    python -m localsite.cameras.own_browser.camera --whip-url https://localhost:8443/whip/cam-1 --token T --ca web.pem

Prints one JSON object per line: {"event", "at" (wall time, seconds), ...}; `page` carries the page's `url`, `connected`
tells that pictures come. Ends on SIGTERM, or --seconds after the first connection, with the session's DELETE. Exits 0;
1 when the session could not be ended. Nothing of the pictures comes by here.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

import aiohttp

from localsite.cameras.aiortc_camera import report
from localsite.cameras.own_browser.page import Page
from localsite.cameras.own_browser.session import PassedOn
from localsite.process import Process
from services.probe.whip_client import http_session
from services.runtime.shutdown import stop_event


async def serve(options: argparse.Namespace, stop: asyncio.Event) -> None:
    """Serve the page until `stop`, or options.seconds after it first published. Raises aiohttp.ClientError, OSError."""
    connected = asyncio.Event()

    def tell(event: str, **fields: int) -> None:
        report(event, **fields)
        if event == "connected":
            connected.set()

    async def enough() -> None:
        await connected.wait()
        await asyncio.sleep(options.seconds)
        stop.set()

    async with http_session(options.ca) as http:
        session = PassedOn(http, options.whip_url, options.token)
        async with Page(session, tell).serving() as url:
            report("page", url=url)
            timer = asyncio.create_task(enough()) if options.seconds is not None else None
            await stop.wait()
            if timer is not None:
                timer.cancel()
        status = await session.end()
        if status is not None:
            report("deleted", status=status)


async def run(options: argparse.Namespace) -> int:
    """The exit status."""
    try:
        await serve(options, stop_event())
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        report("failed", kind=type(error).__name__, reason=str(error)[:200])
        return 1
    return 0


def page_of(source: Process) -> str:
    """Where a browser finds the page that such a process serves. Raises ProcessError with the camera's log."""

    def told() -> str | None:
        return next((str(event["url"]) for event in source.events() if event["event"] == "page"), None)

    return source.wait_for("page", told)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Let a browser publish its camera by WHIP")
    parser.add_argument("--whip-url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--ca", type=Path, help="trust this authority instead of the system's")
    parser.add_argument("--seconds", type=float, help="end so long after the first connection")
    return parser.parse_args(given)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(run(arguments())))
