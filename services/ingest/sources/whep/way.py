"""How a camera is asked by WHEP: an offer to receive over HTTPS, then its video until either ends it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from services.ingest.cameras import Camera
from services.ingest.frames.pipeline import FramePipeline
from services.ingest.metrics import IngestMetrics
from services.ingest.sources.pulling.errors import ConnectionLost
from services.ingest.sources.webrtc.reception import Gate
from services.ingest.sources.whep.client import WhepClient
from services.ingest.sources.whep.errors import NeverConnected
from services.ingest.sources.whep.options import WhepOptions
from services.ingest.sources.whep.player import Player
from services.ingest.sources.whep.progress import Progress
from services.ingest.sources.whep.token import Token, read_token
from services.runtime.clock import Clock
from services.site.records import Whep

LOOK_S = 0.2


@dataclass
class WhepWay:
    """One camera. tls: verifies its certificate."""

    camera: Camera
    where: Whep
    tls: ssl.SSLContext
    options: WhepOptions
    pipeline: FramePipeline
    metrics: IngestMetrics
    clock: Clock
    name: ClassVar[str] = "whep"

    def secret(self) -> Token | None:
        """Its token. Raises TokenUnreadable."""
        return read_token(self.options.tokens, self._camera)

    async def session(self, secret: Token | None, opened: Callable[[], None]) -> str:
        """Offer, connect, watch until the session's end; why it ended. Raises PullError."""
        ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        gate = Gate(self.camera.may, self.metrics.withheld.labels(self._camera).inc)
        player = Player(ended.set_result, self.pipeline.period_s, self.clock, gate)
        try:
            async with WhepClient(self.where.url, secret, self.tls, self.options.connect_s) as client:
                try:
                    await player.take(await client.post(await player.offer()))
                    await self._connected(player, ended)
                    opened()
                    return await self._watch(player, ended)
                finally:
                    await client.delete()
        finally:
            await player.close()

    @property
    def _camera(self) -> str:
        return self.camera.ref.camera

    async def _connected(self, player: Player, ended: asyncio.Future[str]) -> None:
        late = self.clock.now().mono + self.options.connect_s
        while not player.connected:
            await asyncio.wait({ended}, timeout=LOOK_S)
            if ended.done() or self.clock.now().mono > late:
                raise NeverConnected("neither ICE nor DTLS, or not both")

    async def _watch(self, player: Player, ended: asyncio.Future[str]) -> str:
        progress = Progress(self.options.silence_s, self.clock.now().mono)
        showing = asyncio.create_task(self.pipeline.run(self._camera, player.frames()))
        either: set[asyncio.Future[Any]] = {ended, showing}
        try:
            while not (ended.done() or showing.done()):
                await asyncio.wait(either, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                now = self.clock.now().mono
                progress.look(now, player.video_packets, self.camera.frames, may=self.camera.may())
            overloaded = not showing.result() if showing.done() else ended.result() == "overloaded"
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)
        if overloaded:
            return "overloaded"
        raise ConnectionLost("the camera or the network ended it")
