"""TCP relays before a server: one whose connections can go silent, and a proxy that ends TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from services.runtime.stream_server import serve_streams


class Relay:
    """Passes bytes on in both directions. links: connections made so far. first_line: said after each one's first line.

    A connection that was silenced swallows bytes and closes nothing, as a lost network does.
    """

    def __init__(self, port: int, first_line: bytes = b"") -> None:
        self.links = 0
        self.port = 0
        self._to = port
        self._first_line = first_line
        self._silent: set[int] = set()
        self._all = False

    def silence(self, new_ones_too: bool = False) -> None:
        """From now on the connections that stand carry nothing; new ones do, unless they are meant as well."""
        self._silent |= set(range(1, self.links + 1))
        self._all = new_ones_too

    def revive(self) -> None:
        """New connections carry again; those that went silent stay so."""
        self._all = False

    async def link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection, to its end."""
        self.links += 1
        if self._all:
            self._silent.add(self.links)
        await self._carry(self.links, reader, writer)

    async def _carry(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones = [writer]
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._to)
            open_ones.append(up_writer)
            first = await reader.readline()
            up_writer.write(first + self._first_line if first else b"")
            await asyncio.gather(self._pump(number, reader, up_writer), self._pump(number, up_reader, writer))
            for one in open_ones:
                one.close()
                with suppress(OSError):
                    await one.wait_closed()
        except OSError:
            pass  # nobody there: whoever asked sees the end
        finally:
            for one in open_ones:
                one.transport.abort()

    async def _pump(self, number: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                if number not in self._silent:
                    sink.write(data)
                    await sink.drain()
            if number not in self._silent:
                sink.close()


@asynccontextmanager
async def relayed(port: int, first_line: bytes = b"", context: ssl.SSLContext | None = None) -> AsyncIterator[Relay]:
    """A relay to a port of this machine."""
    relay = Relay(port, first_line)
    async with await serve_streams(relay.link, "127.0.0.1", ssl=context) as server:
        relay.port = server.port
        yield relay


@asynccontextmanager
async def tls_proxy(port: int, certificate: Path, key: Path) -> AsyncIterator[int]:
    """A proxy that ends TLS before a port of this machine and is set up as usual: it adds X-Forwarded-Proto."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with relayed(port, b"X-Forwarded-Proto: https\r\n", context) as relay:
        yield relay.port
