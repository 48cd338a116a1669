"""Ingest's metrics. Labels: a camera's id, never a session's id or an address."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.bus.metrics import StateMetrics
from services.runtime.certificates import RenewedContext, export
from services.runtime.metrics import Metrics

WAYS = ("rtsp", "whep")
"""In which cameras are asked for their video."""


class IngestMetrics:
    """Series exist from the start, so that a missing one means a missing process."""

    def __init__(self, metrics: Metrics, cameras: Iterable[str], tests: Collection[str] = ()) -> None:
        """tests: those of the cameras that hang in test rooms, whose silence is no fault."""
        self._metrics = metrics
        prefix = "veilward_ingest_"
        camera = ("camera",)
        self.requests = metrics.counter(prefix + "requests_total", "WHIP requests", ("method", "status"))
        self.sessions = metrics.gauge(prefix + "sessions", "WHIP sessions open")
        self.frames = metrics.counter(
            prefix + "frames_total", "Video frames received, up to the last decoded one", camera
        )
        self.samples = metrics.counter(prefix + "samples_total", "Frames published", camera)
        self.skipped = metrics.counter(
            prefix + "samples_skipped_total", "Sampled frames not published", ("camera", "why")
        )
        self.lag = metrics.histogram(prefix + "decode_lag_seconds", "Capture to decoded picture, beyond the least seen")
        self.ended = metrics.counter(prefix + "sessions_ended_total", "WHIP sessions ended", ("why",))
        self.pulls = {
            way: metrics.gauge(prefix + f"{way}_playing", f"Whether the camera's {way.upper()} session is open", camera)
            for way in WAYS
        }
        self.pulls_ended = {
            way: metrics.counter(prefix + f"{way}_ended_total", f"{way.upper()} sessions and attempts ended", ("why",))
            for way in WAYS
        }
        self.statements = metrics.counter(
            prefix + "consent_statements_total",
            "What the ward said of the device's cameras",
            ("verdict",),
        )
        self.withheld = metrics.counter(
            prefix + "withheld_packets_total", "Packets dropped undecoded: the camera may not be processed", camera
        )
        self.states = StateMetrics(metrics, "ingest")
        self.last_frame = metrics.gauge(
            prefix + "last_frame_timestamp_seconds", "Wall time of the last decoded frame", camera
        )
        for one in cameras:
            self.frames.labels(one)
            self.samples.labels(one)
            if one not in tests:
                self.last_frame.labels(one)
            self.withheld.labels(one)
            for why in ("replaced", "bus", "picture", "mask", "shutter", "consent"):
                self.skipped.labels(one, why)
        for verdict in ("taken", "stale", "unsigned", "unreadable", "other_camera", "replayed"):
            self.statements.labels(verdict)

    def certificate(self, context: RenewedContext) -> None:
        """Tell when the endpoint's certificate ends."""
        export(self._metrics, "ingest", context)
