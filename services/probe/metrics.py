"""The probe's metrics. Whether an alert came of a show is the ward's to say (veilward_alerts_probe_*)."""

from __future__ import annotations

from services.runtime.metrics import Metrics

RESULTS = ("shown", "refused", "unreachable", "broken", "token")


class ProbeMetrics:
    """Series exist from the start."""

    def __init__(self, metrics: Metrics) -> None:
        prefix = "veilward_probe_"
        self.shows = metrics.counter(
            prefix + "shows_total", "Shows of a hurting drawn face, by how they ended", ("result",)
        )
        self.shown_at = metrics.gauge(prefix + "last_shown_timestamp_seconds", "When a whole show ended last")
        for result in RESULTS:
            self.shows.labels(result)
