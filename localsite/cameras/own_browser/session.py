"""The one WHIP session (RFC 9725) of the page: its offer is passed on with the camera's token, which it never has.

Nor has the page to trust the endpoint's certificate, which no browser knows. Media goes from the browser to the
endpoint's own addresses.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urljoin

import aiohttp

SDP = "application/sdp"


@dataclass(frozen=True)
class Answer:
    """What the endpoint said to an offer: 201 and its SDP, or another status and its words."""

    status: int
    text: str


class PassedOn:
    """At most one session at a time: a new offer, as of a page that is loaded again, ends the one before."""

    def __init__(self, http: aiohttp.ClientSession, url: str, token: str) -> None:
        self._http, self._url = http, url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._location: str | None = None
        self._one = asyncio.Lock()

    async def offer(self, sdp: str) -> Answer:
        """Begin a session. Raises aiohttp.ClientError, TimeoutError."""
        async with self._one:
            await self._delete()
            headers = self._headers | {"Content-Type": SDP}
            async with self._http.post(self._url, data=sdp.encode(), headers=headers) as answer:
                if answer.status == 201:
                    self._location = urljoin(str(answer.url), answer.headers["Location"])
                return Answer(answer.status, await answer.text())

    async def end(self) -> int | None:
        """End the session; the endpoint's status, None where there was none. Raises as `offer`."""
        async with self._one:
            return await self._delete()

    async def _delete(self) -> int | None:
        location, self._location = self._location, None
        if location is None:
            return None
        async with self._http.delete(location, headers=self._headers) as answer:
            return answer.status
