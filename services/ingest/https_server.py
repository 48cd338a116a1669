"""What the room's device serves over HTTPS, to cameras and to whoever stands in the room, until a block ends."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator

from aiohttp import web

from services.runtime.bounded_listener import BoundedListener
from services.runtime.listen import listen

MOST = 128
"""Connections of a device's cameras, of which each asks seldom and briefly, and of those who stand in the room."""
OF_ONE = MOST // 2
"""Of them one address's, so that nobody at one other address can keep all those out; who has two can."""
IDLE_S = 75.0
"""How long a connection may say nothing, or not enough to be a request."""


@contextlib.asynccontextmanager
async def serving(
    application: web.Application, host: str, port: int, context: ssl.SSLContext, most: int = MOST, of_one: int = OF_ONE
) -> AsyncIterator[int]:
    """Serve it; its port. Afterwards no connection is left open. Raises OSError: the address cannot be bound.

    most: connections at once, of_one: of one address; those above it are closed.
    """
    runner = web.AppRunner(
        application, access_log=None, handle_signals=False, shutdown_timeout=1.0, keepalive_timeout=IDLE_S
    )
    await runner.setup()
    listener = None
    try:
        listener = BoundedListener(listen(host, port), most, of_one)
        await web.SockSite(runner, listener, ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        if listener is not None:
            await listener.shut()
        server = runner.server
        left = [] if server is None else [one.transport for one in server.connections]
        await runner.cleanup()
        for transport in left:
            if transport is not None:  # asyncio would give a silent peer half a minute to say good-bye to TLS
                transport.abort()
        if listener is not None:
            await listener.cut()
