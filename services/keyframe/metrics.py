"""Keyframe's metrics. Label: a camera's id; nothing measured in a picture is a metric."""

from __future__ import annotations

from collections.abc import Iterable

from services.bus.metrics import StateMetrics
from services.keyframe.selector import Choice
from services.runtime.metrics import Metrics

EXAMINE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.25, 1.0)
"""Seconds, with a line on the budget of 40 ms."""
KEPT = tuple(one for one in Choice if one not in (Choice.REDUCED, Choice.WAITING))


class KeyframeMetrics:
    """Series exist from the start, so that a missing one means a missing process."""

    def __init__(self, metrics: Metrics, cameras: Iterable[str]) -> None:
        prefix, camera = "veilward_keyframe_", ("camera",)
        self.examined = metrics.counter(prefix + "frames_examined_total", "Frames measured", camera)
        self.skipped = metrics.counter(prefix + "frames_skipped_total", "Frames that a newer one replaced", camera)
        self.unknown = metrics.counter(prefix + "frames_unknown_total", "Frames of cameras that the site has not")
        self.failed = metrics.counter(prefix + "frames_failed_total", "Frames that failed", ("camera", "kind"))
        self.kept = metrics.counter(prefix + "kept_total", "Keyframes, searched for faces", ("camera", "why"))
        self.reduced = metrics.counter(prefix + "reduced_total", "Candidates like the last keyframe", camera)
        self.crops = metrics.counter(prefix + "crops_total", "Crops stored", camera)
        self.crops_lost = metrics.counter(prefix + "crops_lost_total", "Crops that the bus did not store", camera)
        self.states = StateMetrics(metrics, "keyframe")
        self.seconds = metrics.histogram(
            prefix + "examine_seconds", "Work on one examined frame", camera, EXAMINE_BUCKETS
        )
        for one in cameras:
            for series in (self.examined, self.skipped, self.reduced, self.crops, self.crops_lost, self.seconds):
                series.labels(one)
            for why in KEPT:
                self.kept.labels(one, why.value)
