"""The page's HTTP server: a bound socket, optional TLS, no signal handlers of its own."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from services.alerts.dashboard.prompt_http import PromptHttp
from services.runtime.bounded_listener import BoundedListener
from services.runtime.gate import Gate
from services.runtime.listen import listen

DEAD_PEER_MS = 20_000


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: the process has its own."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then say so."""
        await super().startup(sockets)
        self.answering.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in, then end."""
        for one in sockets or []:
            if isinstance(one, Gate):
                await one.shut()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """A listening server; port is the bound one.

    Raises OSError when the address cannot be bound.
    """

    def __init__(
        self,
        app: ASGIApp,
        host: str,
        port: int,
        context: ssl.SSLContext | None = None,
        drain_s: float = 5.0,
        most: int = 320,
    ) -> None:
        """context: of HTTPS; None: plain HTTP. most: connections at once; those above it are closed."""
        self.socket = BoundedListener(listen(host, port), most)
        # A browser that is gone without a word acknowledges nothing: the system ends its connection after this long.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
        self.port = int(self.socket.getsockname()[1])
        config = uvicorn.Config(
            app,
            http=PromptHttp,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            timeout_graceful_shutdown=max(1, round(drain_s)),
            ssl_context_factory=None if context is None else lambda config, default: context,
        )
        self._server = _Server(config)
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Serve until stop() is called."""
        try:
            await self._server.serve([self.socket])
        finally:
            self.close()
            self._ended.set()

    def close(self) -> None:
        """Listen no more, whether it was served or not."""
        self.socket.close()

    async def ended(self) -> None:
        """Wait until run() is over."""
        await self._ended.wait()

    async def started(self) -> None:
        """Wait until connections are answered."""
        await self._server.answering.wait()

    def stop(self) -> None:
        """Take no more connections, finish the open requests, return from run()."""
        self._server.should_exit = True
