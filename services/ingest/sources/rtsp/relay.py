"""What stands between libavformat and a camera, on the loopback: libavformat is given no login, and no way elsewhere.

It follows a redirect to any address (RFC 2326, 11.3), with the login that it was given, and proves that in whatever way
the one who answers there asks for. So TLS and login are added here, each request is proved anew, and an answer that
sends elsewhere ends the session, as does one that wants the password in the clear.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.ingest.sources.pulling.errors import PullError, Redirected
from services.ingest.sources.rtsp.errors import NotRtsp
from services.ingest.sources.rtsp.greeting import Streams, connected
from services.ingest.sources.rtsp.items import CHUNK, Items
from services.ingest.sources.rtsp.login import Login
from services.ingest.sources.rtsp.proof import CHALLENGE, Proof, proof_for
from services.runtime.stream_server import StreamServer, serve_streams

MOST_ASKED = 16
"""Requests without an answer that are remembered: a camera may answer none of those that only keep a session alive."""
STATUS = re.compile(r"RTSP/1\.\d (\d{3})(?: [^\r\n]*)?\r\n")
REQUEST = re.compile(r"([A-Z_]+) (\S+) RTSP/1\.\d\r\n")
NUMBER = re.compile(r"(?im)^(cseq[ \t]*:[ \t]*)(\d{1,9})")
TRANSPORT = re.compile(r"(?im)^transport:([^\r\n]*)")
MOST_TRIES = 3
"""Of one request, where the camera says each time that its challenge is stale."""


@dataclass
class Asked:
    """A request that waits for its answer. number: libavformat's own for it."""

    number: str
    method: str
    url: str
    head: str
    tries: int = 0
    proved: bool = False


class Relay:
    """One session's. failure: why it was ended here; None: it was not."""

    def __init__(self, url: str, login: Login | None, camera: Streams, *, secured: bool) -> None:
        """url: the camera's. camera: the connection to it."""
        where = urlsplit(url)
        self.failure: PullError | None = None
        self.url = ""
        self._theirs = f"{where.scheme}://{where.netloc}"
        self._path = url.removeprefix(self._theirs)
        self._ours = ""
        self._login, self._secured, self._camera = login, secured, camera
        self._peer = str(camera[1].get_extra_info("peername")[0])
        self._proof: Proof | None = None
        self._asked: dict[int, Asked] = {}
        self._number = 0
        self._swallowing = False
        self._server: StreamServer | None = None
        self._taken = False

    async def listen(self) -> None:
        """For libavformat, which alone is let in, once."""
        host = "::1" if ":" in self._peer else "127.0.0.1"  # media by UDP comes to the same family
        self._server = await serve_streams(self._serve, host, limit=CHUNK)
        port = self._server.port
        self._ours = f"rtsp://[{host}]:{port}" if ":" in host else f"rtsp://{host}:{port}"
        self.url = self._ours + self._path

    async def close(self) -> None:
        """End both connections."""
        if self._server is not None:
            await self._server.close()
        self._camera[1].transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._taken or self._server is None:
            return
        self._taken = True
        await self._server.stop()
        from_camera, to_camera = self._camera
        ways = [
            asyncio.create_task(self._passed(reader, to_camera, self._outward)),
            asyncio.create_task(self._passed(from_camera, writer, self._inward)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            to_camera.close()

    async def _passed(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: Callable[[str], bytes]
    ) -> None:
        """One way, to its end. said: what is passed on in a message's place."""
        items = Items()
        with contextlib.suppress(OSError):
            try:
                while data := await reader.read(CHUNK):
                    for item in items.of(data):
                        if isinstance(item, str):
                            writer.write(said(item))
                        elif not (self._swallowing and said == self._inward):
                            writer.write(item)
                    await writer.drain()
            except PullError as error:
                self.failure = self.failure or error

    def _outward(self, head: str) -> bytes:
        """A request of libavformat's, as the camera is asked."""
        line, number = REQUEST.match(head), NUMBER.search(head)
        if line is None or number is None:
            raise NotRtsp("no request")
        url = line[2].replace(self._ours, self._theirs, 1) if line[2].startswith(self._ours) else line[2]
        rest = head[line.end() :]
        return self._sent(Asked(number[2], line[1], url, rest))

    def _sent(self, one: Asked) -> bytes:
        self._number += 1
        self._asked[self._number] = one
        while len(self._asked) > MOST_ASKED:
            del self._asked[next(iter(self._asked))]
        rest = NUMBER.sub(rf"\g<1>{self._number}", one.head, count=1)
        one.tries, one.proved = one.tries + 1, self._proof is not None
        proof = f"{self._proof.header(one.method, one.url)}\r\n" if self._proof else ""
        return f"{one.method} {one.url} RTSP/1.0\r\n{proof}{rest}".encode("latin-1")

    def _inward(self, head: str) -> bytes:
        """An answer of the camera's, as libavformat is told. Raises Redirected, NotRtsp, and as `proof_for`."""
        status, number = STATUS.match(head), NUMBER.search(head)
        self._swallowing = False
        if status is None:
            if head.startswith("REDIRECT "):  # RFC 2326, 10.10
                raise Redirected("to another address")
            if REQUEST.match(head) is None:
                raise NotRtsp("no status line")
            return head.encode("latin-1")
        code, asked = int(status[1]), self._asked.pop(int(number[2]), None) if number else None
        if 300 <= code < 400:
            raise Redirected("to another address")
        if asked is None:
            return head.encode("latin-1")
        if code == 401 and self._login is not None:
            proof = proof_for(head, self._login, secured=self._secured)
            if asked.tries < MOST_TRIES and (not asked.proved or proof.stale):
                self._proof, self._swallowing = proof, True
                self._camera[1].write(self._sent(asked))
                return b""
        if code == 401:  # libavformat would ask again
            head = CHALLENGE.sub("X-Refused: yes", head)
        if asked.method == "SETUP":
            head = self._sourced(head)
        return NUMBER.sub(rf"\g<1>{asked.number}", head, count=1).encode("latin-1")

    def _sourced(self, head: str) -> str:
        """An answer to SETUP that says where media comes from, which is no longer where it is asked for.

        Whatever the camera says of it: reports of reception go there, and to nobody else. Over the connection itself
        it says nothing.
        """
        said = TRANSPORT.search(head)
        if said is None:
            return head
        ways = ",".join(self._from_peer(one) for one in said[1].split(","))
        return f"{head[: said.start(1)]}{ways}{head[said.end(1) :]}"

    def _from_peer(self, way: str) -> str:
        """One transport, from the camera: said first, since libavformat reads so much of a line and no more."""
        first, *rest = way.split(";")
        kept = [one for one in rest if one.partition("=")[0].strip().lower() != "source"]
        return ";".join([first, f"source={self._peer}", *kept])


@contextlib.asynccontextmanager
async def relayed(url: str, login: Login | None, tls: ssl.SSLContext | None, patience_s: float) -> AsyncIterator[Relay]:
    """Connected to the camera, and listening for libavformat. Raises PullError."""
    secured = url.startswith("rtsps:")
    relay = Relay(url, login, await connected(url, tls if secured else None, patience_s), secured=secured)
    try:
        await relay.listen()
        yield relay
    finally:
        await relay.close()
