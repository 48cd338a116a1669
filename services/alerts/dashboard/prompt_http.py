"""HTTP of peers that say what they want: a connection whose first request is not there in time is closed.

One connection serves one request (request_guard.py), so that none can be held by another that never comes.
"""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0
"""Until the head of a request is there, from the end of the TLS handshake on, which asyncio gives a minute."""


class PromptHttp(H11Protocol):
    """uvicorn's HTTP/1.1 with that bound."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.cycle is None:
            self.transport.abort()
