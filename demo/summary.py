"""What a demo run came to: counts, latencies, levels against the video's truth, memory. Pure; reads nothing."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.watch import Shown

MATCH_S = 2.5


@dataclass(frozen=True)
class Truth:
    """The levels that the video was made with: (seconds since its start, level), in order."""

    points: tuple[tuple[float, int], ...]

    @classmethod
    def parse(cls, entries: Sequence[dict[str, Any]]) -> Truth:
        return cls(tuple((float(entry["t"]), int(entry["level"])) for entry in entries))

    def at(self, seconds: float) -> int | None:
        """The level at a moment of the video, None outside it."""
        index = bisect.bisect_right([t for t, _ in self.points], seconds) - 1
        if index < 0 or seconds > self.points[-1][0] + MATCH_S:
            return None
        return self.points[index][1]

    def around(self, seconds: float, margin_s: float) -> set[int]:
        """Levels within margin_s of a moment: what a frame captured about then may honestly show."""
        return {level for t, level in self.points if abs(t - seconds) <= margin_s}

    def episodes(self, level: int, least_s: float) -> list[tuple[float, float]]:
        """(start, end) of the stretches at `level` or above that last least_s or longer."""
        found: list[tuple[float, float]] = []
        start: float | None = None
        end = self.points[-1][0] if self.points else 0.0
        for t, value in (*self.points, (end, -1)):
            if value >= level and start is None:
                start = t
            elif value < level and start is not None:
                if t - start >= least_s:
                    found.append((start, t))
                start = None
        return found


def percentiles(values: Sequence[float]) -> dict[str, float | None]:
    """p50 and p95 (nearest rank); None without values."""
    if not values:
        return {"p50": None, "p95": None}
    ordered = sorted(values)
    return {"p50": statistics.median(ordered), "p95": ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]}


def compare_levels(levels: Sequence[Shown], truth: Truth, started_at: float) -> dict[str, Any]:
    """Each level beside the truth at its frame's moment."""
    rows, missed = [], []
    for shown in levels:
        seconds = shown.captured_at - started_at
        expected = truth.at(seconds)
        rows.append({"t": round(seconds, 2), "level": shown.level, "truth": expected})
        if expected is not None:
            missed.append(abs(shown.level - expected))
    return {
        "levels": rows,
        "compared": len(missed),
        "within_one": sum(by <= 1 for by in missed) / len(missed) if missed else None,
        "exact": missed.count(0) / len(missed) if missed else None,
    }


def compare_alerts(alerts: Sequence[dict[str, Any]], truth: Truth, started_at: float, delay_s: float) -> dict[str, Any]:
    """Painful episodes with their alert, and alerts that rose in calm.

    Pain that was too short to ask for an alert is no calm either: an alert may be of it.
    Nobody comes to the bed of a video, so that an alert of level 3 calls on into the next episode: that has it then.
    delay_s: how long after an episode's end an alert may still rise or stand for it (keyframe period and policy).
    """

    def moment(text: str) -> float:
        return datetime.fromisoformat(text).timestamp() - started_at

    raised = sorted(moment(alert["raised_at"]) for alert in alerts)
    open_between = [
        (moment(alert["raised_at"]), moment(alert["cleared_at"]) if alert["cleared_at"] else math.inf)
        for alert in alerts
    ]

    def may_be_of(since: float, start: float, end: float) -> bool:
        return start - 1 <= since <= end + delay_s

    painful = truth.episodes(level=2, least_s=0.0)
    rows = []
    for start, end in truth.episodes(level=2, least_s=10.0):
        hits = [t for t in raised if may_be_of(t, start, end)]
        calls_on = any(since < start - 1 and until > start for since, until in open_between)
        after = round(hits[0] - start, 2) if hits else None
        rows.append({"start": start, "end": end, "alert_after_s": after, "alert_calls_on": calls_on})
    onsets = [moment(a["raised_at"]) - moment(a["onset_at"]) for a in alerts]
    return {
        "episodes": rows,
        "episodes_alerted": sum(row["alert_after_s"] is not None or row["alert_calls_on"] for row in rows),
        "alerts": [
            {key: alert[key] for key in ("level", "status", "onset_at", "raised_at", "cleared_at")} for alert in alerts
        ],
        "alerts_in_calm": [round(t, 2) for t in raised if not any(may_be_of(t, *one) for one in painful)],
        "onset_to_alert_s": percentiles([row["alert_after_s"] for row in rows if row["alert_after_s"] is not None]),
        "evidence_to_alert_s": percentiles(onsets),
    }


def metric(text: str, name: str, **labels: str) -> float:
    """Sum of a metric's samples with these labels in a Prometheus exposition."""
    total = 0.0
    for line in text.splitlines():
        head, _, value = line.rpartition(" ")
        if head.partition("{")[0] == name and all(f'{key}="{want}"' in head for key, want in labels.items()):
            total += float(value)
    return total
