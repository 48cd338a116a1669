"""RTSP requests as the camera reads them, and whether their digest is right (RFC 2326, 6; RFC 2617, 3.2.2)."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """headers: by their names in lower case."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request; the client's interleaved packets between are skipped. None at the end."""
    try:
        while (first := await reader.readexactly(1)) == b"$":
            head = await reader.readexactly(3)
            await reader.readexactly(int.from_bytes(head[1:], "big"))
        text = (first + await reader.readuntil(b"\r\n\r\n")).decode()
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    lines = text.split("\r\n")
    method, url, _ = lines[0].split(" ")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
    return Request(method, url, headers)


def digest_is_right(request: Request, user: str, password: str, nonce: str) -> bool:
    """Whether the request proves the password."""
    said = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", "")))
    if said.get("nonce") != nonce or said.get("username") != user:
        return False
    who = _md5(f"{user}:{said['realm']}:{password}")
    what = _md5(f"{request.method}:{said['uri']}")
    return said.get("response") == _md5(f"{who}:{nonce}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
