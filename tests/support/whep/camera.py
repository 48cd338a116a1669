"""The camera: an HTTPS server that answers offers, and WebRTC connections over which it sends the moving square."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
from aiortc import RTCPeerConnection, RTCSessionDescription

from services.probe.whip_client import prefer
from services.runtime.gate import Gate
from services.runtime.ice import host_only
from services.runtime.listen import listen
from tests.services.ingest.sources.whip.peers import SquareTrack

SDP = "application/sdp"
PATH, MOVED = "/whep/stream1", "/old/stream1"
"""Where it answers, and where it sends there."""
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class WhepCamera:
    """tls: of its server. token: the one that it wants. codec: VP8 or H264.

    muted: sends no picture in the sessions that begin. answer: takes the place of its own answer to a POST. changed:
    the SDP that it answers, as it says it. home: the origin of its sessions' addresses, where it is not its own.
    played, refused, ended: how many sessions it began, how many requests it refused for their token, how many DELETEs
    with the token it took. asked, deletes: how many POSTs and DELETEs came.
    """

    tls: ssl.SSLContext
    token: str | None = None
    codec: str = "VP8"
    answer: Answer | None = None
    muted: bool = False
    changed: Callable[[str], str] = lambda text: text
    home: str = ""
    asked: int = 0
    deletes: int = 0
    played: int = 0
    refused: int = 0
    ended: int = 0
    offers: list[str] = field(default_factory=list)
    port: int = 0
    tracks: list[SquareTrack] = field(default_factory=list)
    _connections: dict[str, RTCPeerConnection] = field(default_factory=dict)
    _runner: web.AppRunner | None = None
    _gate: Gate | None = None

    async def __aenter__(self) -> WhepCamera:
        await self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crash()

    def url(self, path: str = PATH) -> str:
        """Where it answers."""
        return f"https://localhost:{self.port}{path}"

    async def boot(self) -> None:
        """Serve, at the same port as before."""
        app = web.Application()
        app.router.add_post(PATH, self._post)
        app.router.add_post(MOVED, self._moved)
        app.router.add_delete("/session/{id}", self._delete)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._gate = Gate(listen("localhost", self.port))
        await web.SockSite(self._runner, self._gate, ssl_context=self.tls).start()
        self.port = self._runner.addresses[0][1]

    async def crash(self) -> None:
        """Serve no more, and let every connection go."""
        if self._runner is not None and self._gate is not None:
            await self._gate.shut()
            await self._runner.cleanup()
            await self._gate.cut()
        await asyncio.gather(*(self._connections.pop(one).close() for one in list(self._connections)))

    def mute(self, muted: bool) -> None:
        """Send no picture, or go on, in the sessions that are and in those to come."""
        self.muted = muted
        for track in self.tracks:
            track.gate.clear() if muted else track.gate.set()

    def _let_in(self, request: web.Request) -> bool:
        wanted = None if self.token is None else f"Bearer {self.token}"
        if wanted is None or request.headers.get("Authorization") == wanted:
            return True
        self.refused += 1
        return False

    async def _post(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        if not self._let_in(request):
            return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})
        if self.answer is not None:
            return await self.answer(request)
        assert request.content_type == SDP
        offer = await request.text()
        self.offers.append(offer)
        connection, track = RTCPeerConnection(host_only()), SquareTrack()
        await connection.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        prefer(connection.addTrack(track), connection, self.codec)
        await connection.setLocalDescription(await connection.createAnswer())
        session = secrets.token_hex(8)
        self._connections[session] = connection
        if self.muted:
            track.gate.clear()
        self.tracks.append(track)
        self.played += 1
        text = self.changed(connection.localDescription.sdp)
        return web.Response(
            status=201, text=text, content_type=SDP, headers={"Location": f"{self.home}/session/{session}"}
        )

    async def _moved(self, _: web.Request) -> web.Response:
        return web.Response(status=308, headers={"Location": PATH})

    async def _delete(self, request: web.Request) -> web.Response:
        self.deletes += 1
        if not self._let_in(request):
            return web.Response(status=401)
        connection = self._connections.pop(request.match_info["id"], None)
        if connection is None:
            return web.Response(status=404)
        self.ended += 1
        await connection.close()
        return web.Response(status=200)
