"""Videos classified in this project's modes, beside what PPVC published of the same: a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.draw.svg import figures
from bench.draw.tables import table

PUBLISHED = {
    "three passive servers": 8.69,
    "three active servers": 27.6,
    "four active servers": 11.7,
    "two passive parties": 302.0,
    "two active parties": 6576.0,
}
"""Seconds a video of RAVDESS on machines of 32 cores (Pentyala, Dowsley, De Cock, ICML 2021)."""


def sent(row: dict[str, Any]) -> int:
    """Bytes that all parties send; of who asks servers the shares come besides."""
    parties = row["bytes"]
    return sum(count for name, count in parties.items() if name != "client" or len(parties) == 2)


def videos_table(measured: Sequence[dict[str, Any]]) -> str:
    """One row a network and mode; seconds are medians."""
    head: tuple[str, ...] = ("network", "mode", "frames, looked at", "selection s", "a frame s", "label s")
    head += ("online s", "ahead s", "video s", "MB the parties send", "label as the reference's", "PPVC published s")
    rows = []
    for one in measured:
        for row in one["rows"]:
            seconds = {name: taken["median"] for name, taken in row["seconds"].items()}
            equal = sum(label == one["reference"]["label"] for label in row["labels"])
            rows.append(
                (
                    one["model"],
                    row["setting"],
                    f"{one['frames']}, {one['selected']}",
                    f"{seconds['frame_selection']:.3f}",
                    f"{seconds['single_frame']:.3f}",
                    f"{seconds['label_aggregation']:.3f}",
                    f"{seconds['video_online']:.2f}",
                    f"{seconds['video_ahead']:.2f}",
                    f"{seconds['video']:.2f}",
                    figures(sent(row) / 1e6),
                    f"{equal} of {len(row['labels'])}",
                    f"{PUBLISHED[row['setting']]:g}",
                )
            )
    return table(head, rows)
