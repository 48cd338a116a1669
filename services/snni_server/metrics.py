"""What the edge tells Prometheus. No label names a camera, a room or a client: the edge knows none."""

from __future__ import annotations

from services.runtime.metrics import SNNI_BUCKETS, Metrics

ERRORS = (
    "HandshakeError",
    "WireError",
    "ConsistencyError",
    "DeviationError",
    "AuditError",
    "PeerError",
    "CorrelationError",
    "ParameterError",
    "other",
)
EVENTS = (
    "session_started",
    "session_ended",
    "linear_started",
    "linear_made",
    "nonlinear_started",
    "made",
    "claimed",
    "online",
    "selected",
    "scored",
    "burnt",
    "audited",
)


class SnniServerMetrics:
    """Counters exist from the start, so that a rate is never missing."""

    def __init__(self, metrics: Metrics) -> None:
        prefix = "veilward_snni_server_"
        self.sessions = metrics.gauge(prefix + "sessions", "Client sessions now")
        self.sessions_limit = metrics.gauge(prefix + "sessions_limit", "Client sessions that it takes")
        self.ready = metrics.gauge(prefix + "pool_ready", "Inferences prepared and not claimed, over all sessions")
        self.stored = metrics.gauge(prefix + "stored_bytes", "Correlations of one prepared inference")
        self.budget = metrics.gauge(
            prefix + "budget_used_ratio", "Of the day's inferences of the client that has had most of its own"
        )
        self.orders = metrics.gauge(
            prefix + "orders_used_ratio",
            "Of the inferences prepared for a client in a day, of the one that ordered most",
        )
        self.locked = metrics.gauge(prefix + "locked_clients", "Clients that an audit has locked out")
        self._events = metrics.counter(prefix + "events_total", "Protocol events", ["event"])
        self._errors = metrics.counter(prefix + "errors_total", "Connections ended by an error", ["kind"])
        self.online = metrics.histogram(
            prefix + "online_seconds", "One inference at this party, claim to last message", buckets=SNNI_BUCKETS
        )
        for event in EVENTS:
            self._events.labels(event)
        for kind in ERRORS:
            self._errors.labels(kind)

    def event(self, name: str) -> None:
        """Count a protocol event."""
        self._events.labels(name).inc()

    def error(self, error: Exception) -> None:
        """Count a connection that an error ended, by its type."""
        kind = type(error).__name__
        self._errors.labels(kind if kind in ERRORS else "other").inc()
