"""A small ONVIF device on loopback: answers probes by datagram and its services by HTTP, with real ones' oddities."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web

from services.ingest.discovery.probe import GROUP

AHEAD = timedelta(days=-9000)
"""Its clock was never set."""
ENVELOPE = '<?xml version="1.0"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope">{}</SOAP-ENV:Envelope>'
PROFILE = (
    '<trt:Profiles xmlns:trt="m" token="{token}"><tt:Name xmlns:tt="s">{name}</tt:Name><tt:VideoEncoderConfiguration '
    'xmlns:tt="s"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>{width}</tt:Width><tt:Height>{height}'
    "</tt:Height></tt:Resolution></tt:VideoEncoderConfiguration></trt:Profiles>"
)


@dataclass
class OnvifDevice:
    """login: that it wants. answer: what it says to a probe in place of the truth. asked: what its services heard."""

    login: tuple[str, str] = ("admin", "device-secret")
    answer: bytes | None = None
    body: bytes | None = None
    http_port: int = 0
    probe_port: int = 0
    asked: list[str] = field(default_factory=list)

    def match(self) -> bytes:
        """Its answer to a probe."""
        body = (
            "<Body><d:ProbeMatches xmlns:d='x'><d:ProbeMatch><a:EndpointReference xmlns:a='y'><a:Address>urn:uuid:1-2"
            "</a:Address></a:EndpointReference><d:Scopes>onvif://www.onvif.org/type/video\n "
            "onvif://www.onvif.org/name/Room%207%1b[2J onvif://www.onvif.org/hardware/X1</d:Scopes><d:XAddrs>"
            f"http://127.0.0.1:{self.http_port}/onvif/device_service http://192.0.2.1/elsewhere</d:XAddrs>"
            "</d:ProbeMatch></d:ProbeMatches></Body>"
        )
        return ENVELOPE.format(body).encode()

    async def serve(self, request: web.Request) -> web.Response:
        """Answer a request as the services do."""
        text = await request.text()
        name = re.search(r"<(Get\w+)", text)
        assert name is not None
        self.asked.append(name[1])
        if self.body is not None:
            return web.Response(body=self.body)
        if name[1] != "GetSystemDateAndTime" and not self._allowed(text):
            return web.Response(status=400, body=ENVELOPE.format("<Fault>ter:NotAuthorized</Fault>").encode())
        return web.Response(body=ENVELOPE.format(self._said(name[1], text)).encode())

    def _said(self, name: str, text: str) -> str:
        now = datetime.now(UTC) + AHEAD
        if name == "GetSystemDateAndTime":
            clock = f"<Hour>{now.hour}</Hour><Minute>{now.minute}</Minute><Second>{now.second}</Second>"
            day = f"<Year>{now.year}</Year><Month>{now.month}</Month><Day>{now.day}</Day>"
            return f"<UTCDateTime><Time>{clock}</Time><Date>{day}</Date></UTCDateTime>"
        if name == "GetCapabilities":
            return f"<Media><XAddr>http://127.0.0.1:{self.http_port}/onvif/media</XAddr></Media>"
        if name == "GetProfiles":
            return PROFILE.format(token="a&amp;1", name="main", width=1920, height=1080) + PROFILE.format(
                token="b", name="sub", width=640, height=360
            )
        stream = 1 if "a&amp;1" in text else 2
        return f"<MediaUri><Uri>rtsp://admin:device-secret@127.0.0.1:554/stream{stream}</Uri></MediaUri>"

    def _allowed(self, text: str) -> bool:
        """Whether the request's token proves the password, within a minute of the device's clock."""
        said = {
            name: re.search(rf"<\w+:{name}(?: [^>]*)?>([^<]*)<", text)
            for name in ("Username", "Password", "Nonce", "Created")
        }
        if not all(said.values()):
            return False
        user, password, nonce, created = (one[1] for one in said.values() if one)
        at = datetime.strptime(created, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        proof = hashlib.sha1(base64.b64decode(nonce) + created.encode() + self.login[1].encode()).digest()
        fresh = abs(at - datetime.now(UTC) - AHEAD) < timedelta(minutes=10)
        return fresh and user == self.login[0] and password == base64.b64encode(proof).decode()


@asynccontextmanager
async def running(device: OnvifDevice) -> AsyncIterator[OnvifDevice]:
    """The device, on loopback, for as long as the block runs."""
    application = web.Application()
    application.router.add_post("/onvif/{service}", device.serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    device.http_port = runner.addresses[0][1]
    hearing = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hearing.bind(("", 0))
    membership = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
    hearing.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: _Probed(device), sock=hearing)
    device.probe_port = transport.get_extra_info("sockname")[1]
    try:
        yield device
    finally:
        transport.close()
        await runner.cleanup()


class _Probed(asyncio.DatagramProtocol):
    def __init__(self, device: OnvifDevice) -> None:
        self._device = device

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert b"NetworkVideoTransmitter" in data
        self._transport.sendto(self._device.match() if self._device.answer is None else self._device.answer, addr)
