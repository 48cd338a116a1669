"""A TCP server whose connections end with it, also those that it accepted a moment before and never came to serve.

asyncio's own stops listening and leaves each connection to its handler. A handler that is cancelled before its first
step never runs, so that nobody closes its connection; and Python 3.11 logs each that is cancelled as an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl as tls
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

from services.runtime.gate import Gate
from services.runtime.listen import listen

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
LIMIT = 1 << 16


class StreamServer:
    """Made by `serve_streams`. port: the bound one."""

    def __init__(self, handler: Handler, gate: Gate) -> None:
        """handler: its connection is closed once it returns, and cut off where it is cancelled."""
        self.port: int = gate.getsockname()[1]
        self._handler, self._gate = handler, gate
        self._server: asyncio.Server | None = None
        self._served: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self, ssl: tls.SSLContext | None, limit: int) -> None:
        """Once."""
        self._server = await asyncio.start_server(self._connected, sock=self._gate, ssl=ssl, limit=limit)

    async def stop(self) -> None:
        """Accept no more; who is served stays so."""
        await self._gate.shut()
        if self._server is not None:
            self._server.close()

    async def close(self) -> None:
        """Accept no more, and end every connection: its handler is cancelled and waited for."""
        await self.stop()
        handlers = list(self._served)
        for handler in handlers:
            handler.cancel()
        await asyncio.gather(*handlers, return_exceptions=True)
        await self._gate.cut()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """At once where the transport is made: from here on somebody answers for it."""
        serving = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._served[serving] = writer
        serving.add_done_callback(self._ended)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._handler(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def _ended(self, serving: asyncio.Task[None]) -> None:
        writer = self._served.pop(serving)
        writer.transport.abort()
        error = None if serving.cancelled() else serving.exception()
        if error is not None:
            told = {"message": "a connection's handler failed", "exception": error, "transport": writer.transport}
            serving.get_loop().call_exception_handler(told)


async def serve_streams(
    handler: Handler, host: str, port: int = 0, *, ssl: tls.SSLContext | None = None, limit: int = LIMIT
) -> StreamServer:
    """Listen on host:port, as `listen`; ssl: with TLS. limit: as of asyncio.StreamReader.

    Raises OSError when the address cannot be bound.
    """
    server = StreamServer(handler, Gate(listen(host, port)))
    await server.start(ssl, limit)
    return server
