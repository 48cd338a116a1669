"""Signed heads in a second place over HTTPS: any server that takes PUT and gives back what it took, as WebDAV does.

Each head is a file of its own, <line>-<time>.json, which is never put over another (If-None-Match), and the newest one
is newest.json besides. A server that lets this token add and not delete keeps the past from whoever has it.
"""

import json
import ssl
from pathlib import Path

import httpx

from services.alerts.codec import Json, read_instant
from services.alerts.errors import AuditUnavailable

TIMEOUT_S = 8.0
NEWEST = "newest.json"
LONGEST = 4096
"""Bytes of a head, several times over."""
KEPT_ALREADY = 412


class ByHttps:
    """A folder of such a server. token_file: of its bearer token, read anew each time. context: whom it believes."""

    def __init__(self, url: str, token_file: Path | None, context: ssl.SSLContext | None = None) -> None:
        self._url = url.rstrip("/")
        self._token_file = token_file
        self._verify: ssl.SSLContext | bool = True if context is None else context

    async def keep(self, head: bytes) -> None:
        """Add it under a name of its own, then as the newest. Raises AuditUnavailable."""
        name = _name(head)
        answer = await self._ask("PUT", name, head, {"If-None-Match": "*"})
        if answer.status_code != KEPT_ALREADY and not answer.is_success:
            raise AuditUnavailable(f"answered {answer.status_code}")
        if not (answer := await self._ask("PUT", NEWEST, head)).is_success:
            raise AuditUnavailable(f"answered {answer.status_code}")

    async def newest(self) -> bytes | None:
        """The newest; None where there is none. Raises AuditUnavailable."""
        answer = await self._ask("GET", NEWEST)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success or len(answer.content) > LONGEST:
            raise AuditUnavailable(f"answered {answer.status_code}")
        return answer.content

    async def _ask(
        self, method: str, name: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        try:
            said = self._headers() | (headers or {})
            async with httpx.AsyncClient(timeout=TIMEOUT_S, follow_redirects=False, verify=self._verify) as client:
                return await client.request(method, f"{self._url}/{name}", content=body, headers=said)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise AuditUnavailable(type(error).__name__) from error

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json"}
        if self._token_file is not None:
            headers["Authorization"] = f"Bearer {self._token_file.read_text(encoding='ascii').strip()}"
        return headers


def _name(head: bytes) -> str:
    """A file's name, by which heads lie in their order; the same for the same head."""
    try:
        told: Json = json.loads(head)
        at = read_instant(told["at"])
        return f"{int(told['line']):012}-{at:%Y%m%dT%H%M%S.%fZ}.json"
    except (ValueError, KeyError, TypeError) as error:
        raise AuditUnavailable("not a head") from error
