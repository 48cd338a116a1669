"""How a camera is asked by RTSP: greeted in the loop, opened and read in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.errors import PullError
from services.ingest.sources.rtsp.greeting import greet
from services.ingest.sources.rtsp.handover import Handover
from services.ingest.sources.rtsp.login import Login, read_login
from services.ingest.sources.rtsp.options import RtspOptions
from services.ingest.sources.rtsp.reader import read
from services.ingest.sources.rtsp.relay import relayed
from services.ingest.sources.rtsp.session import Session
from services.runtime.clock import Clock
from services.site.records import Rtsp


@dataclass
class RtspWay:
    """One camera. tls: verifies its certificate, for rtsps."""

    camera: Camera
    where: Rtsp
    tls: ssl.SSLContext | None
    options: RtspOptions
    pipeline: FramePipeline
    metrics: IngestMetrics
    clock: Clock
    name: ClassVar[str] = "rtsp"

    def secret(self) -> Login | None:
        """Its login. Raises LoginUnreadable."""
        return read_login(self.options.logins, self._camera)

    async def session(self, secret: Login | None, opened: Callable[[], None]) -> str:
        """Greet it, read until the session's end; why it ended. Raises PullError."""
        url, patience_s = self.where.url, self.options.connect_s
        await greet(url, self.tls, secret is not None, patience_s)
        async with relayed(url, secret, self.tls, patience_s) as relay:
            try:
                return await self._read(relay.url, opened)
            except PullError as error:
                raise relay.failure or error from None

    async def _read(self, url: str, opened: Callable[[], None]) -> str:
        """Read by this address until the session's end; why it ended. Raises PullError."""
        handover, stop = Handover(), threading.Event()
        loop = asyncio.get_running_loop()

        def told() -> None:
            loop.call_soon_threadsafe(opened)

        session = Session(
            self.where.model_copy(update={"url": url}),
            self.options,
            self.clock,
            stop,
            told,
            handover.put,
            self.camera.may,
            self.metrics.withheld.labels(self._camera).inc,
        )
        reading = _in_a_thread(f"rtsp-{self._camera}", lambda: read(session), handover.end)
        try:
            ended = await self.pipeline.run(self._camera, handover.frames())
        except BaseException:
            reading.cancel()  # the thread goes on to its next packet; nobody asks what it came to
            raise
        finally:
            stop.set()
        await reading
        return "connection_lost" if ended else "overloaded"

    @property
    def _camera(self) -> str:
        return self.camera.ref.camera


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
