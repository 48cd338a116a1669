"""The metrics of the bus and of state messages. Of a message that does not decode only its kind is noted."""

from __future__ import annotations

import logging

from services.bus.errors import MessageError
from services.bus.subjects import FAMILIES
from services.runtime.logging import get_logger, log_event
from services.runtime.metrics import Metrics

_log = get_logger("bus")
_NOUNS = frozenset(family.noun for family in FAMILIES)


def noun(subject: str) -> str:
    """The subject's noun as a label; `other` for what is not in the registry."""
    first = subject.split(".", 1)[0]
    return first if first in _NOUNS else "other"


class BusMetrics:
    """Counters and gauges of one process's bus."""

    def __init__(self, metrics: Metrics) -> None:
        self.rejected = metrics.counter(
            "veilward_bus_rejected_messages_total", "Messages that did not decode", ("noun", "reason")
        )
        self.dropped = metrics.counter(
            "veilward_bus_dropped_messages_total", "Messages that a newer one pushed out of a full queue", ("noun",)
        )
        self.denied = metrics.counter("veilward_bus_denied_total", "Publishes and subscriptions that the server denied")
        self.reconnects = metrics.counter("veilward_bus_reconnects_total", "Connections regained")
        self.connected = metrics.gauge("veilward_bus_connected", "1 while the connection to NATS stands")

    def reject(self, error: MessageError) -> None:
        """Count and log a message that does not decode."""
        self.rejected.labels(noun(error.subject), error.label).inc()
        log_event(_log, "message_rejected", logging.WARNING, noun=noun(error.subject), reason=error.label)

    def drop(self, subject: str) -> None:
        """Count a message that a newer one pushed out."""
        self.dropped.labels(noun(subject)).inc()


class StateMetrics:
    """What a service counts of the camera states that it publishes."""

    def __init__(self, metrics: Metrics, service: str) -> None:
        prefix = f"veilward_{service}_"
        self.changes = metrics.counter(prefix + "state_changes_total", "Camera states entered", ("camera", "status"))
        self.failures = metrics.counter(prefix + "state_publish_failures_total", "State messages not stored")
