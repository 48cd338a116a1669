"""A headless Chromium led over the DevTools protocol: load, evaluate, take pictures, read the console."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from tests.support.waiting import PATIENCE_S, eventually

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0")


class Navigated(AssertionError):
    """The page that was asked went away before it answered."""


class Tab:
    """One page. complaints: texts of the browser's log and of uncaught exceptions."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.complaints: list[str] = []
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def listen(self) -> None:
        """Read what the browser says until it ends."""
        async for frame in self._socket:
            message = frame.json()
            waiting = self._answers.pop(message.get("id", 0), None)
            if waiting is not None:
                waiting.set_result(message)
            elif message["method"] == "Log.entryAdded":
                self.complaints.append(message["params"]["entry"]["text"])
            elif message["method"] == "Runtime.exceptionThrown":
                self.complaints.append(str(message["params"]["exceptionDetails"]))

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a DevTools method."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": params})
        message = await asyncio.wait_for(answer, PATIENCE_S)
        if "navigated" in message.get("error", {}).get("message", ""):
            raise Navigated(message)
        assert "error" not in message, message
        found: dict[str, Any] = message["result"]
        return found

    async def open(self, url: str, dark: bool = False, size: tuple[int, int] = (1600, 900)) -> None:
        """Go to url with a window of this size and scheme."""
        for domain in ("Page", "Runtime", "Log"):
            await self.call(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await self.call("Emulation.setEmulatedMedia", features=[scheme])
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
        await self.call("Emulation.setDeviceMetricsOverride", **metrics)
        await self.call("Page.navigate", url=url)

    async def carry(self, url: str, headers: dict[str, str]) -> None:
        """Have the browser send a cookie there: what somebody signed in has (Page.headers)."""
        name, _, key = headers["Cookie"].partition("=")
        await self.call("Network.setCookie", url=url, name=name, value=key, path="/", secure=True, httpOnly=True)

    async def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression; a promise is awaited."""
        answer = await self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def until(self, script: str) -> None:
        """Wait for an expression to be true, on whichever page the tab comes to meanwhile, once it has its styles."""

        async def so() -> Any:
            with suppress(Navigated):
                return await self.evaluate(f"document.readyState === 'complete' && ({script})")

        await eventually(so)

    async def picture(self) -> bytes:
        """The window as PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot", format="png"))["data"])


async def _address(child: asyncio.subprocess.Process, profile: Path) -> str:
    port = profile / "DevToolsActivePort"

    async def told() -> str:
        assert child.returncode is None
        words = port.read_text().split() if port.exists() else []
        return words[0] if len(words) > 1 else ""

    return f"http://127.0.0.1:{await eventually(told)}"


@asynccontextmanager
async def chromium(directory: Path, *flags: str) -> AsyncIterator[Chromium]:
    """A running browser with a profile of its own. flags: more of its command line."""
    profile = directory / "profile"
    command = ["chromium", *FLAGS, *flags, f"--user-data-dir={profile}", "about:blank"]
    quiet = asyncio.subprocess.DEVNULL
    child = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet, start_new_session=True)
    try:
        async with aiohttp.ClientSession(await _address(child, profile)) as session:
            yield Chromium(session)
    finally:
        await _end(child)


async def _end(child: asyncio.subprocess.Process) -> None:
    """Kill all its processes, and see their connections to servers of this loop end."""
    with suppress(psutil.NoSuchProcess):
        processes = psutil.Process(child.pid).children(recursive=True)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
            await eventually(partial(_ended, process))
    for _ in range(10):  # an end that is there is read in one turn of the loop, and acted on within a few
        await asyncio.sleep(0)


async def _ended(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


class Chromium:
    """A browser that opens tabs."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @asynccontextmanager
    async def tab(self) -> AsyncIterator[Tab]:
        """A new tab."""
        async with self._session.put("/json/new?about:blank") as answer:
            address = (await answer.json())["webSocketDebuggerUrl"]
        async with self._session.ws_connect(address, max_msg_size=0) as socket:
            one = Tab(socket)
            listening = asyncio.create_task(one.listen())
            try:
                yield one
            finally:
                listening.cancel()
                with suppress(asyncio.CancelledError):
                    await listening
