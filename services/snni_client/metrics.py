"""What the room's scorer tells Prometheus."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

from services.bus.metrics import StateMetrics
from services.runtime.metrics import SNNI_BUCKETS, Metrics

SKIPS = ("evicted", "too_old", "other_format", "rejected", "begun", "known_picture")
LAYERS = (
    *("conv", "relu", "clip", "rescale", "maxpool", "sumpool", "add", "concat", "flatten", "argmax"),
    *("claim", "input", "scores", "ot", "servers", "other"),
)
"""Kinds of a plan's steps; then what an inference and the work ahead of it do besides."""
Phase = Literal["online", "offline"]
CLIPS = ("classified", "lost", "empty")
ERRORS = (
    "HandshakeError",
    "WireError",
    "ConsistencyError",
    "DeviationError",
    "PeerError",
    "CorrelationError",
    "BundleError",
    "ParameterError",
    "other",
)


class SnniClientMetrics:
    """Series exist from the start for every camera of the site."""

    def __init__(self, metrics: Metrics, cameras: Iterable[str], mode: str = "two-party") -> None:
        """mode: among whom is computed, a label of its own series."""
        prefix = "veilward_snni_client_"
        metrics.gauge(prefix + "mode", "1 at the mode that is set: among whom is computed", ["mode"]).labels(mode).set(
            1
        )
        self.online = metrics.histogram(
            prefix + "online_seconds", "Secure inference, claim to level", buckets=SNNI_BUCKETS
        )
        self.offline = metrics.histogram(
            prefix + "offline_seconds", "Work ahead for one inference, batch shared out", buckets=SNNI_BUCKETS
        )
        self.bytes = metrics.counter(prefix + "bytes_total", "SNNI bytes both ways", ["phase"])
        self.layer_seconds = metrics.counter(
            prefix + "layer_seconds_total", "Time in layers, waiting for the edge included", ["phase", "kind"]
        )
        self.layer_bytes = metrics.counter(
            prefix + "layer_bytes_total", "SNNI bytes both ways, by layers", ["phase", "kind"]
        )
        self.ready = metrics.gauge(prefix + "pool_ready", "Inferences ready to start")
        self.target = metrics.gauge(prefix + "pool_target", "Inferences that should be ready")
        self.connected = metrics.gauge(prefix + "edge_connected", "1 while a session with the edge stands")
        self.sessions = metrics.counter(prefix + "sessions_total", "Sessions made with the edge")
        self.burnt = metrics.counter(prefix + "burnt_total", "Correlations used or thrown away")
        self.inferences = metrics.counter(prefix + "inferences_total", "Levels out of the secure path", ["camera"])
        self.skipped = metrics.counter(prefix + "skipped_total", "Crops not scored", ["camera", "reason"])
        self.unknown = metrics.counter(prefix + "crops_unknown_total", "Crops of cameras that the site has not")
        self._errors = metrics.counter(prefix + "errors_total", "Sessions ended or refused by an error", ["kind"])
        self.faults = metrics.counter(prefix + "protocol_errors_total", "Messages of the edge outside the protocol")
        self.known = metrics.counter(prefix + "known_pictures_total", "Answers to pictures of known level", ["answer"])
        self.suspicion = metrics.gauge(
            prefix + "suspicion_bits",
            "How unlikely an edge that is right gives such answers; at 41 it is asked no more",
        )
        self.clips = metrics.counter(prefix + "clips_total", "Clips by what became of them", ["result"])
        self.clip_seconds = metrics.histogram(
            prefix + "clip_seconds", "A clip's secure classification, pixels to label", buckets=SNNI_BUCKETS
        )
        self.states = StateMetrics(metrics, "snni_client")
        for phase in get_args(Phase):
            self.bytes.labels(phase)
            for kind in LAYERS:
                self.layer_seconds.labels(phase, kind)
                self.layer_bytes.labels(phase, kind)
        for result in CLIPS:
            self.clips.labels(result)
        for answer in ("right", "wrong"):
            self.known.labels(answer)
        for camera in cameras:
            self.inferences.labels(camera)
            for reason in SKIPS:
                self.skipped.labels(camera, reason)
        for kind in ERRORS:
            self._errors.labels(kind)

    def error(self, error: Exception) -> None:
        """Count a session that an error ended or refused, by its type."""
        kind = type(error).__name__
        self._errors.labels(kind if kind in ERRORS else "other").inc()
