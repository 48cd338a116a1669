"""Pages that the room's device serves to whoever stands in the room: over HTTPS, until a block ends."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator

from aiohttp import web

from services.runtime.listen import listen


@contextlib.asynccontextmanager
async def serving(application: web.Application, host: str, port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve it; its port. Raises OSError: the address cannot be bound."""
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listen(host, port), ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
