"""What receivers told by HTTP have in common: connections that are kept, by whom they are believed, no redirections, no
more of an answer than its status.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from typing import ClassVar

import httpx

from services.alerts.notify.delivery_queue import One
from services.alerts.notify.receiver import Receiver

STEPS = 4
"""Connecting, a place among the connections, writing, reading: what one post is made of."""
ANSWER_BYTES, ANSWER_S = 65_536, 5.0
"""Of an answer's body, which nobody reads: passed over so far, so that the connection serves again."""


async def posted(client: httpx.AsyncClient, url: str, content: bytes, headers: Mapping[str, str]) -> int:
    """Post it; the answer's status. An answer that does not end ends the connection, and fills no memory.

    The client's time is for each step; STEPS of them bound the whole, whatever is said meanwhile (102 Processing).
    Raises httpx.HTTPError, httpx.InvalidURL.
    """
    request = client.build_request("POST", url, content=content, headers=dict(headers))
    try:
        async with asyncio.timeout(STEPS * (client.timeout.read or ANSWER_S)):
            answer = await client.send(request, stream=True)
    except TimeoutError:
        raise httpx.ReadTimeout("no answer in all its time", request=request) from None
    async with aclosing(answer):
        read = 0
        with suppress(TimeoutError, httpx.HTTPError):
            async with asyncio.timeout(ANSWER_S):
                async for part in answer.aiter_raw():
                    read += len(part)
                    if read > ANSWER_BYTES:
                        break
        return answer.status_code


class HttpReceiver(Receiver[One]):
    """timeout_s: for an answer, seconds. Whom trust_by names is believed, at first the system's authorities."""

    timeout_s: ClassVar[float]
    _verify: ssl.SSLContext | bool = True
    _client: httpx.AsyncClient | None = None

    def trust_by(self, context: ssl.SSLContext | None) -> None:
        """By whom it is believed from now on."""
        self._verify = True if context is None else context

    def connected(self) -> AbstractAsyncContextManager[object]:
        """Its connections are kept between changes."""
        return self._connected()

    def new_client(self) -> httpx.AsyncClient:
        """Connections of their own. Redirections are not followed: what is told is for this address alone."""
        return httpx.AsyncClient(timeout=self.timeout_s, follow_redirects=False, verify=self._verify)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[None]:
        async with self.new_client() as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None
