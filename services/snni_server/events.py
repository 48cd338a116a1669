"""Protocol events of the engine as log lines and metrics; called from connection threads."""

from __future__ import annotations

import logging
import time

from services.runtime.log_rate_limit import LogRateLimit
from services.runtime.logging import get_logger, log_event
from services.snni_server.metrics import SnniServerMetrics
from snni.errors import PeerError, SnniError

STRANGERS = ("accept", "connection")
"""Where connections end that came to no stream of a session: anybody who reaches the port has as many as he likes."""

_log = get_logger("snni_server")


class ProtocolEvents:
    """Counts and logs; knows when each inference was claimed."""

    def __init__(self, metrics: SnniServerMetrics, strangers: LogRateLimit | None = None) -> None:
        """strangers: which of their connections are said."""
        self._metrics = metrics
        self._started: dict[tuple[str, int], float] = {}
        self._strangers = strangers or LogRateLimit()

    def event(self, name: str, epoch: str, number: int) -> None:
        """epoch and number identify a correlation, not a person."""
        log_event(_log, name, epoch=epoch, number=number)
        self._metrics.event(name)
        if name == "claimed":
            self._started[epoch, number] = time.perf_counter()
        elif name == "burnt" and (started := self._started.pop((epoch, number), None)) is not None:
            self._metrics.online.observe(time.perf_counter() - started)

    def error(self, stream: str, error: Exception) -> None:
        """A client that left is an ordinary end of a session; everything else is counted, and said: of strangers a few
        a minute, with how many were left out before."""
        if isinstance(error, PeerError) and "closed the stream" in str(error):
            return
        self._metrics.error(error)
        left_out = self._strangers.take() if stream in STRANGERS else 0
        if left_out is None:
            return
        kind, before = type(error).__name__, {"left_out": left_out} if left_out else {}
        reason = str(error) if isinstance(error, SnniError) else kind
        log_event(_log, "connection_ended", logging.WARNING, stream=stream, kind=kind, reason=reason, **before)
