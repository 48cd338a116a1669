"""What the room's device serves over HTTPS, to cameras and to whoever stands in the room, until a block ends."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

from aiohttp import web

from services.runtime.listen import listen


@contextlib.asynccontextmanager
async def serving(application: web.Application, host: str, port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve it; its port. Afterwards no connection is left open. Raises OSError: the address cannot be bound."""
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listen(host, port), ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        server = runner.server
        left = [] if server is None else [one.transport for one in server.connections]
        await runner.cleanup()
        for transport in left:
            if transport is not None:  # asyncio would give a silent peer half a minute to say good-bye to TLS
                transport.abort()
        await asyncio.sleep(0)  # their sockets are closed by the loop's next turn
