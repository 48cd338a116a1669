"""How long each phase of a classified video took: PPVC's table (Pentyala, Dowsley, De Cock, ICML 2021), in seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from localsite.service import Service

PHASES = ("frame_selection", "network", "label_aggregation")
MARKS = ("claimed", "selected", "scored", "burnt")
"""Events that begin the first phase, and end each."""


def times_of(server: Service) -> dict[str, float]:
    """When each event of its one run was, by its log."""
    lines = [line for line in server.events() if line.get("number") == 0]
    return {line["event"]: datetime.fromisoformat(line["ts"]).timestamp() for line in lines}


def wait_for_end(server: Service) -> dict[str, float]:
    """The same, once the run is over. Raises ProcessError."""
    server.wait_for("end of the run", lambda: True if "burnt" in times_of(server) else None)
    return times_of(server)


def phases(times: Mapping[str, float], marks: Sequence[str] = MARKS) -> dict[str, float]:
    """Seconds of each. times: by mark."""
    return {name: times[end] - times[begin] for name, (begin, end) in zip(PHASES, pairwise(marks), strict=True)}


def in_seconds(taken: Mapping[str, float], selected: int, online_s: float, ahead_s: float) -> dict[str, float]:
    """taken: seconds by phase. selected: frames that went through the network."""
    return {
        "frame_selection": taken["frame_selection"],
        "single_frame": taken["network"] / selected,
        "label_aggregation": taken["label_aggregation"],
        "video_online": online_s,
        "video_ahead": ahead_s,
        "video": online_s + ahead_s,
    }
