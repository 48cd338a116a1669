"""Health of a process over HTTP/1.1: GET /healthz, /readyz and /metrics on a port of its own.

Readiness covers what the process needs to answer those who ask it, and turns off when it drains. What it needs besides,
without which its answers are worth asking for all the same, is told apart from it. Liveness never depends on another
service: it answers 200 while the event loop turns and no liveness check of the process itself fails.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from services.runtime.metrics import CONTENT_TYPE, PROCESS, Metrics
from services.runtime.stream_server import StreamServer, serve_streams

REQUEST_TIMEOUT_S = 5.0
MAX_REQUEST_BYTES = 8192
REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class Health:
    """Named checks. A check returns True when well; one that raises counts as failed."""

    def __init__(self) -> None:
        self._checks: dict[str, Callable[[], bool]] = {}
        self._apart: dict[str, Callable[[], bool]] = {}
        self._vital: dict[str, Callable[[], bool]] = {}
        self._draining = False

    def add_check(self, name: str, check: Callable[[], bool]) -> None:
        """Readiness: the process can serve only while `check()` is true."""
        self._checks[name] = check

    def add_apart(self, name: str, check: Callable[[], bool]) -> None:
        """Told by /readyz beside readiness: who asks is answered whether `check()` is true or not."""
        self._apart[name] = check

    def add_vital(self, name: str, check: Callable[[], bool]) -> None:
        """Liveness: the process is wedged, and should be restarted, when `check()` is false."""
        self._vital[name] = check

    def set_draining(self) -> None:
        """Not ready from now on: the process is going away."""
        self._draining = True

    @property
    def ready(self) -> bool:
        """Every readiness check passes and the process does not drain."""
        return all(self.report().values())

    @property
    def alive(self) -> bool:
        """No liveness check fails."""
        return all(_passes(check) for check in self._vital.values())

    def report(self) -> dict[str, bool]:
        """Each readiness check's answer, and `not_draining`."""
        return {name: _passes(check) for name, check in self._checks.items()} | {"not_draining": not self._draining}

    def apart(self) -> dict[str, bool]:
        """The answer of each check that does not decide."""
        return {name: _passes(check) for name, check in self._apart.items()}


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return bool(check())
    except Exception:  # a check that fails in any way is a failed check, and is reported as such
        return False


def _answer(health: Health, metrics: Metrics, method: str, path: str) -> tuple[int, str, bytes]:
    if method not in ("GET", "HEAD"):
        return 405, "text/plain", b"only GET\n"
    if path == "/healthz":
        return (200, "text/plain", b"ok\n") if health.alive else (503, "text/plain", b"wedged\n")
    if path == "/readyz":
        report = health.report()
        told = {"ready": all(report.values()), "checks": report, "apart": health.apart()}
        body = json.dumps(told).encode() + b"\n"
        return 200 if all(report.values()) else 503, "application/json", body
    if path == "/metrics":
        return 200, CONTENT_TYPE, metrics.render()
    return 404, "text/plain", b"not found\n"


async def _respond(reader: asyncio.StreamReader, health: Health, metrics: Metrics) -> bytes:
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            head = await reader.readuntil(b"\r\n\r\n")
        method, target, version = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
        if not version.startswith("HTTP/1."):
            raise ValueError(version)
    except (ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        method, status, kind, body = "GET", 400, "text/plain", b"bad request\n"
    else:
        status, kind, body = _answer(health, metrics, method, target.split("?", 1)[0])
    lines = (
        f"HTTP/1.1 {status} {REASONS[status]}",
        f"Content-Type: {kind}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if method == "HEAD" else body)


class HealthServer:
    """A listening health endpoint; `port` is the bound port."""

    def __init__(self, server: StreamServer) -> None:
        self._server = server
        self.port = server.port

    async def close(self) -> None:
        """Stop listening, and cut off who still asks."""
        await self._server.close()


async def start_health(health: Health, host: str, port: int, metrics: Metrics = PROCESS) -> HealthServer:
    """Listen on host:port (0: any free port). Raises OSError when the address cannot be bound."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _respond(reader, health, metrics))
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                await writer.drain()
        except (ConnectionError, TimeoutError):
            writer.transport.abort()  # the asker went away: there is nobody to tell

    return HealthServer(await serve_streams(serve, host, port, limit=MAX_REQUEST_BYTES))
