"""Protocol events of the engine as log lines and metrics; called from connection threads."""

from __future__ import annotations

import logging
import time

from services.runtime.logging import get_logger, log_event
from services.snni_server.metrics import SnniServerMetrics
from snni.errors import PeerError, SnniError

_log = get_logger("snni_server")


class ProtocolEvents:
    """Counts and logs; knows when each inference was claimed."""

    def __init__(self, metrics: SnniServerMetrics) -> None:
        self._metrics = metrics
        self._started: dict[tuple[str, int], float] = {}

    def event(self, name: str, epoch: str, number: int) -> None:
        """epoch and number identify a correlation, not a person."""
        log_event(_log, name, epoch=epoch, number=number)
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
        log_event(_log, "connection_ended", logging.WARNING, stream=stream, kind=type(error).__name__, reason=reason)
