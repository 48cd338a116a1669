"""The edge's process: serves one network to the rooms' clients, and learns nothing of what it scores.

Network I/O and cryptography run on threads (native code releases the GIL); the event loop serves health and signals.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import threading
import time
from contextlib import suppress

from services.runtime.errors import RuntimeFault
from services.runtime.health import Health, start_health
from services.runtime.logging import configure, log_event
from services.runtime.ports import write_port_file
from services.runtime.settings import load
from services.runtime.shutdown import harden, leave, stop_event
from services.snni_server.metrics import ServerMetrics
from services.snni_server.settings import Settings
from snni.errors import PeerError, SnniError
from snni.model.bundle import Bundle
from snni.twoparty.server_model import server_model
from snni.twoparty.session.parameters import ServerLimits
from snni.twoparty.session.server import Server
from snni.twoparty.session.tls import Identity, server_context


class Watch:
    """Turns protocol events into log lines and metrics; called from connection threads."""

    def __init__(self, logger: logging.Logger, metrics: ServerMetrics) -> None:
        self._logger = logger
        self._metrics = metrics
        self._started: dict[tuple[str, int], float] = {}

    def event(self, name: str, epoch: str, number: int) -> None:
        """epoch and number identify a correlation, not a person."""
        log_event(self._logger, name, epoch=epoch, number=number)
        self._metrics.event(name)
        if name == "claimed":
            self._started[epoch, number] = time.perf_counter()
        elif name == "burnt" and (started := self._started.pop((epoch, number), None)) is not None:
            self._metrics.online.observe(time.perf_counter() - started)

    def error(self, stream: str, error: Exception) -> None:
        """A client that left is an ordinary end of a session; everything else is counted."""
        if isinstance(error, PeerError) and "closed the stream" in str(error):
            return
        self._metrics.error(error)
        reason = str(error) if isinstance(error, SnniError) else type(error).__name__
        log_event(
            self._logger, "connection_ended", logging.WARNING, stream=stream, kind=type(error).__name__, reason=reason
        )


def make_server(settings: Settings, watch: Watch) -> Server:
    """Load the bundle and the certificates. Raises SnniError, OSError, ssl.SSLError."""
    model = server_model(Bundle.load(settings.bundle), settings.device)
    identity = Identity(settings.certificate, settings.key, settings.ca)
    limits = ServerLimits(
        max_sessions=settings.max_sessions,
        max_batch=settings.max_batch,
        max_prepared=settings.max_prepared,
        allow_scores=settings.allow_scores,
        ot=settings.ot_offered,
    )
    return Server(model, server_context(identity), settings.client_ids, watch.event, limits, watch.error)


async def run(settings: Settings, logger: logging.Logger, stop: asyncio.Event) -> None:
    """Serve until stop is set, let inferences in flight end for at most drain_s seconds, then close."""
    metrics = ServerMetrics()
    server = make_server(settings, Watch(logger, metrics))
    listener = socket.create_server((settings.listen_host, settings.listen_port), backlog=64)
    port = listener.getsockname()[1]
    accepting = threading.Thread(target=server.serve, args=(listener,), name="snni-accept", daemon=True)
    accepting.start()
    health = Health()
    health.add_check("accepting", accepting.is_alive)
    endpoint = await start_health(health, settings.health_host, settings.health_port)
    write_port_file(settings.port_file, {"snni": port, "health": endpoint.port})
    log_event(logger, "serving", port=port, model=server.model.plan.name, plan=server.model.plan.plan_hash)
    while not stop.is_set():
        metrics.sessions.set(len(server.sessions))
        metrics.ready.set(sum(len(session.pool) for session in server.sessions))
        stored = max((session.stored_bytes for session in server.sessions), default=0)
        if stored:  # the last known one stays when clients are away
            metrics.stored.set(stored)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.5)
    health.set_draining()
    server.drain()
    await asyncio.to_thread(server.wait_idle, settings.drain_s)
    server.close()
    await endpoint.close()
    log_event(logger, "stopped")


def main() -> None:
    """Entry point: `veilward-snni-server`. Exit status 1, with one line, when what it was given is bad."""
    harden()

    async def serve(settings: Settings) -> None:
        await run(settings, configure("snni_server", settings.log_level), stop_event())

    try:
        asyncio.run(serve(load(Settings)))
    except (RuntimeFault, SnniError, OSError) as error:
        sys.exit(f"veilward-snni-server: {error}")
    leave()


if __name__ == "__main__":
    main()
