"""Plain WHIP requests, so that tests can also send what no WHIP client would."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from tests.services.ingest.process import IngestProcess
from tests.services.ingest.sources.whip.offer_files import offer

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        """The problem details; AssertionError when the answer is none."""
        assert self.headers["Content-Type"] == "application/problem+json"
        found: dict[str, Any] = json.loads(self.body)
        assert found["status"] == self.status
        assert found["title"]
        return found


@dataclass
class Whip:
    """Requests for one camera."""

    http: aiohttp.ClientSession
    ingest: IngestProcess
    camera: str
    sessions: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The endpoint."""
        return self.ingest.url(self.camera)

    def absolute(self, location: str) -> str:
        """The URL of a session."""
        return f"{self.ingest.origin}{location}"

    async def send(
        self,
        method: str,
        url: str | None = None,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = "own",
    ) -> Answer:
        """A request; token: `own`, another camera's name, a literal after `=`, or None for none."""
        sent = dict(headers or {})
        if token == "own":
            sent |= self.ingest.bearer(self.camera)
        elif token is not None:
            sent["Authorization"] = token[1:] if token.startswith("=") else self.ingest.bearer(token)["Authorization"]
        async with self.http.request(method, url or self.url, data=body, headers=sent) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def post(self, text: str | bytes | None = None, content_type: str = SDP, **more: Any) -> Answer:
        """Post an offer (OBS's when unsaid)."""
        body = offer("obs-30") if text is None else text
        answer = await self.send("POST", body=body, headers={"Content-Type": content_type}, **more)
        if answer.status == 201:
            self.sessions.append(self.absolute(answer.headers["Location"]))
        return answer

    async def patch(self, session: str, body: str, if_match: str | None, content_type: str = FRAGMENT) -> Answer:
        """Patch a session."""
        headers = {"Content-Type": content_type} | ({} if if_match is None else {"If-Match": if_match})
        return await self.send("PATCH", session, body, headers)

    async def delete_all(self) -> None:
        """Delete what was opened."""
        for session in self.sessions:
            await self.send("DELETE", session)
