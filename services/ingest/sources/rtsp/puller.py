"""Keeps one camera's video coming: asks, opens, reads, and after each end tries again, with growing pauses."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.rtsp.backoff import Backoff
from services.ingest.sources.rtsp.errors import LoginRefused, LoginUnreadable, RtspError
from services.ingest.sources.rtsp.greeting import greet
from services.ingest.sources.rtsp.handover import Handover
from services.ingest.sources.rtsp.login import Login, read_login
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.reader import Session, read
from services.runtime.clock import Clock
from services.runtime.logging import get_logger, log_event
from services.site.records import Rtsp

LOOK_S = 1.0
"""How often a refused login's file is read again."""

_log = get_logger("ingest")


@dataclass
class Puller:
    """One camera. tls: verifies its certificate, for rtsps."""

    camera: Camera
    where: Rtsp
    tls: ssl.SSLContext | None
    options: RtspOptions
    backoff: Backoff
    pipeline: FramePipeline
    metrics: IngestMetrics
    clock: Clock
    _playing: bool = False
    _told: str = ""

    async def run(self) -> None:
        """For ever. When cancelled it leaves a camera that played offline, as draining."""
        try:
            while True:
                await self._attempt()
        except asyncio.CancelledError:
            if self._playing:
                self._ended("draining")
            raise

    async def _attempt(self) -> None:
        """One session, from the login to the pause after its end."""
        frames, login = self.camera.frames, None
        try:
            login = read_login(self.options.logins, self._name)
            await greet(self.where.url, self.tls, login is not None, self.options.connect_s)
            why = await self._session(login)
        except RtspError as error:
            why = error.why
        except Exception as error:  # one camera must not end the others
            log_event(_log, "rtsp_failed", logging.ERROR, camera=self._name, kind=type(error).__name__)
            why = "failed"
        self._ended(why)
        if self.camera.frames > frames:
            self.backoff.worked()
        if why == LoginRefused.why:
            await self._until_another(login)
        else:
            await asyncio.sleep(self.backoff.after_failure())

    @property
    def _name(self) -> str:
        return self.camera.ref.camera

    async def _session(self, login: Login | None) -> str:
        """Read until the session's end; why it ended. Raises RtspError."""
        handover, stop = Handover(), threading.Event()
        loop = asyncio.get_running_loop()

        def opened() -> None:
            loop.call_soon_threadsafe(self._opened)

        withheld = self.metrics.withheld.labels(self._name).inc
        session = Session(
            self.where, login, self.options, self.clock, stop, opened, handover.put, self.camera.may, withheld
        )
        reading = _in_a_thread(f"rtsp-{self._name}", lambda: read(session), handover.end)
        try:
            ended = await self.pipeline.run(self._name, handover.frames())
        except BaseException:
            reading.cancel()  # the thread goes on to its next packet; nobody asks what it came to
            raise
        finally:
            stop.set()
        await reading
        return "connection_lost" if ended else "overloaded"

    def _opened(self) -> None:
        self._playing, self._told = True, ""
        self.camera.tracker.opened(self.clock.now())
        self.metrics.pulls.labels(self._name).set(1)
        log_event(_log, "rtsp_opened", camera=self._name)

    def _ended(self, why: str) -> None:
        now, played, self._playing = self.clock.now(), self._playing, False
        if played:
            self.camera.tracker.closed(now, why)
        else:
            self.camera.tracker.not_opened(why)
        self.metrics.pulls.labels(self._name).set(0)
        self.metrics.pulls_ended.labels(why).inc()
        if why != self._told:
            log_event(_log, "rtsp_ended", camera=self._name, why=why)
        self._told = why

    async def _until_another(self, refused: Login | None) -> None:
        """Wait for another login, or refused_s: cameras lock out who tries again and again."""
        looks = int(self.options.refused_s / LOOK_S) + 1
        for _ in range(looks):
            await asyncio.sleep(LOOK_S)
            if self._login_now(refused) != refused:
                return

    def _login_now(self, refused: Login | None) -> Login | None:
        try:
            return read_login(self.options.logins, self._name)
        except LoginUnreadable:
            return refused  # it is just being written


def _in_a_thread(name: str, work: Callable[[], None], after: Callable[[], None]) -> asyncio.Future[None]:
    """Run `work`, then `after`, in a thread that no end of the process waits for; what it came to."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(error: BaseException | None) -> None:
        if not done.cancelled():
            done.set_exception(error) if error else done.set_result(None)

    def run() -> None:
        error: BaseException | None = None
        try:
            work()
        except BaseException as raised:  # carried over to the loop, whatever it is
            error = raised
        after()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(tell, error)

    threading.Thread(target=run, name=name, daemon=True).start()
    return done
