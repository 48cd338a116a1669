"""The camera: answers OPTIONS to TEARDOWN and sends its video for as long as a client plays."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import secrets
import ssl
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from services.runtime.stream_server import StreamServer, serve_streams
from tests.support.rtsp.coded import Coded, payloads
from tests.support.rtsp.requests import Request, digest_is_right, read_request

CLOCK_HZ = 90_000
PAYLOAD_TYPE = 96
METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN, GET_PARAMETER"


@dataclass
class RtspCamera:
    """video: what it shows, again and again; may be replaced while clients watch.

    login: (user, password) that it wants, by `scheme`; algorithms: of a digest, a challenge for each, of which it takes
    MD5 alone. tls: serves rtsps. muted: sends no picture, though clients play.
    lost: which RTP packets get lost on the way, by their number. moved: where it sends whoever shows a login, or, where
    it wants none, everybody. scheme_then: how it wants the login once it was asked without.
    played, refused: how many PLAYs it answered, how many requests it refused for their credentials.
    """

    video: Coded
    login: tuple[str, str] | None = None
    scheme: str = "Digest"
    algorithms: tuple[str, ...] = ("MD5",)
    tls: ssl.SSLContext | None = None
    muted: bool = False
    lost: Callable[[int], bool] = lambda _: False
    media: str | None = None
    moved: str = ""
    scheme_then: str = ""
    played: int = 0
    refused: int = 0
    transports: list[str] = field(default_factory=list)
    port: int = 0
    _nonce: str = field(default_factory=lambda: secrets.token_hex(8))
    _server: StreamServer | None = None

    async def __aenter__(self) -> RtspCamera:
        await self.boot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crash()

    def url(self, path: str = "/stream1") -> str:
        """Where it serves."""
        return f"{'rtsps' if self.tls else 'rtsp'}://localhost:{self.port}{path}"

    async def boot(self) -> None:
        """Listen: on any free port the first time, on the same one afterwards."""
        self._server = await serve_streams(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.port

    async def crash(self) -> None:
        """Stop without a goodbye."""
        if self._server is not None:
            await self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await _Session(self, reader, writer).run()
        writer.transport.abort()

    def allows(self, request: Request) -> bool:
        """Whether the request shows the right login."""
        if self.login is None:
            return True
        if self.scheme == "Digest":
            right = digest_is_right(request, *self.login, self._nonce)
        else:
            plain = base64.b64encode(":".join(self.login).encode()).decode()
            right = request.headers.get("authorization") == f"Basic {plain}"
        self.refused += not right and "authorization" in request.headers
        return right

    def challenge(self) -> str:
        """What a client should prove: a header's value, or several headers'."""
        if self.scheme != "Digest":
            return f'{self.scheme} realm="camera"'
        digests = [f'Digest realm="camera", nonce="{self._nonce}", algorithm="{one}"' for one in self.algorithms]
        return "\r\nWWW-Authenticate: ".join(digests)

    def sdp(self) -> str:
        """The description (RFC 8866) with the parameter sets (RFC 6184, 8.1; RFC 7798, 7.1)."""
        sets = [base64.b64encode(one).decode() for one in self.video.parameter_sets]
        if self.video.codec == "H264":
            parameters = f"packetization-mode=1;sprop-parameter-sets={','.join(sets)}"
        else:
            parameters = ";".join(f"sprop-{name}={one}" for name, one in zip(("vps", "sps", "pps"), sets, strict=True))
        video = f"m=video 0 RTP/AVP {PAYLOAD_TYPE}\r\na=rtpmap:{PAYLOAD_TYPE} {self.video.codec}/{CLOCK_HZ}\r\n"
        video += f"a=fmtp:{PAYLOAD_TYPE} {parameters}\r\n"
        media = self.media or video
        return f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\n{media}a=control:track1\r\n"


class _Session:
    """One client."""

    def __init__(self, camera: RtspCamera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._camera, self._reader, self._writer = camera, reader, writer
        self._udp: asyncio.DatagramTransport | None = None
        self._media: asyncio.Task[None] | None = None

    async def run(self) -> None:
        try:
            while (request := await read_request(self._reader)) is not None:
                if not self._camera.allows(request):
                    self._answer(request, "401 Unauthorized", {"WWW-Authenticate": self._camera.challenge()})
                    self._camera.scheme = self._camera.scheme_then or self._camera.scheme
                elif request.method == "TEARDOWN":
                    return
                else:
                    await self._handle(request)
        finally:
            if self._media is not None:
                self._media.cancel()
            if self._udp is not None:
                self._udp.close()

    async def _handle(self, request: Request) -> None:
        if request.method == "DESCRIBE" and self._camera.moved:
            self._answer(request, "302 Moved Temporarily", {"Location": self._camera.moved})
        elif request.method == "DESCRIBE":
            headers = {"Content-Type": "application/sdp", "Content-Base": request.url + "/"}
            self._answer(request, "200 OK", headers, self._camera.sdp())
        elif request.method == "SETUP":
            await self._set_up(request)
        elif request.method == "PLAY":
            self._answer(request, "200 OK", {"Session": "1;timeout=60", "RTP-Info": f"url={request.url};seq=0"})
            self._camera.played += 1
            self._media = asyncio.create_task(self._play())
        else:
            self._answer(request, "200 OK", {"Public": METHODS})

    async def _set_up(self, request: Request) -> None:
        wanted = request.headers["transport"]
        self._camera.transports.append(wanted)
        if ports := re.search(r"client_port=(\d+)-", wanted):
            address = self._writer.get_extra_info("peername")[0], int(ports[1])
            self._udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                asyncio.DatagramProtocol, remote_addr=address
            )
            mine = self._udp.get_extra_info("sockname")[1]
            wanted += f";server_port={mine}-{mine + 1}"
        self._answer(request, "200 OK", {"Transport": wanted, "Session": "1;timeout=60"})

    async def _play(self) -> None:
        sequence, shown, started = 0, 0, asyncio.get_running_loop().time()
        video, at = self._camera.video, 0
        while True:
            if video is not self._camera.video:
                video, at = self._camera.video, 0
            stamp = shown * CLOCK_HZ // video.fps
            parts = [] if self._camera.muted else payloads(video.codec, video.units[at])
            for number, payload in enumerate(parts):
                marker = 0x80 if number == len(parts) - 1 else 0
                head = struct.pack("!BBHII", 0x80, marker | PAYLOAD_TYPE, sequence % 2**16, stamp, 7)
                if not self._camera.lost(sequence):
                    self._send(head + payload)
                sequence += 1
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()
            shown, at = shown + 1, (at + 1) % len(video.units)
            await asyncio.sleep(max(0.0, started + shown / video.fps - asyncio.get_running_loop().time()))

    def _send(self, packet: bytes) -> None:
        if self._udp is not None:
            self._udp.sendto(packet)
        else:
            self._writer.write(b"$\0" + len(packet).to_bytes(2, "big") + packet)

    def _answer(self, request: Request, status: str, headers: dict[str, str], body: str = "") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {request.headers['cseq']}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if body else []
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
