"""A panel as its reader wants it, and what Grafana makes of it.

What a description begins with is a promise that tests hold against a real line (tests/deploy/queries.py):
    zero:     there is always a sample, and it is 0 unless something is wrong
    errors:   nothing went wrong is a good answer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as shown
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

SOURCE = DataSourceRef(type_val="prometheus", uid="veilward-prometheus")
TAG = "veilward"
HEIGHTS = {"stat": 4, "lines": 8, "areas": 8, "bars": 8, "table": 8}
LOST_MS = 60_000
"""Milliseconds over which a line goes on: some lost scrapes. Where longer nothing was told, it shows a gap."""
Look = Literal["stat", "lines", "areas", "bars", "table"]
"""areas: what adds up to a whole, one upon the other; bars: the same as it is now."""


@dataclass(frozen=True)
class Panel:
    """title, description: for the reader. asks: PromQL and legend. wide: of 24 columns.

    bad: from which value on. least: below which it is bad.
    """

    title: str
    description: str
    asks: Sequence[tuple[str, str]]
    look: Look = "lines"
    unit: str = "short"
    wide: int = 8
    bad: float | None = None
    least: float | None = None

    def built(self, number: int) -> _Builder:
        """For the dashboard. number: its id."""
        made = BUILDERS[self.look]()
        made.id(number).title(self.title).description(self.description).datasource(SOURCE).unit(self.unit)
        made.height(HEIGHTS[self.look]).span(self.wide).thresholds(self._thresholds())
        for place, (expr, legend) in enumerate(self.asks):
            query = prometheus.Dataquery().expr(expr).legend_format(legend).datasource(SOURCE).ref_id(chr(65 + place))
            made.with_target(query.instant() if self.look in ("bars", "table") else query.range())
        return made

    def _thresholds(self) -> dashboard.ThresholdsConfig:
        steps = (
            [Threshold(None, "green")]
            if self.least is None
            else [Threshold(None, "red"), Threshold(self.least, "green")]
        )
        steps += [] if self.bad is None else [Threshold(self.bad, "red")]
        return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


_Builder = stat.Panel | timeseries.Panel | bargauge.Panel | table.Panel


def _newest() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _stat() -> _Builder:
    return stat.Panel().reduce_options(_newest())


def _lines() -> _Builder:
    return timeseries.Panel().span_nulls(LOST_MS)


def _areas() -> _Builder:
    stacked = common.StackingConfig().mode(shown.StackingMode.NORMAL)
    return timeseries.Panel().stacking(stacked).fill_opacity(60).line_width(0)


def _bars() -> _Builder:
    return bargauge.Panel().reduce_options(_newest()).orientation(shown.VizOrientation.HORIZONTAL)


def _table() -> _Builder:
    return table.Panel()


BUILDERS = {"stat": _stat, "lines": _lines, "areas": _areas, "bars": _bars, "table": _table}


@dataclass(frozen=True)
class Board:
    """name: of its file and uid. reader: whom it is for. rows: of panels, by the question that they answer."""

    name: str
    title: str
    reader: str
    rows: Sequence[tuple[str, Sequence[Panel]]]

    def built(self) -> dashboard.Dashboard:
        """The whole dashboard, laid out from left to right."""
        made = dashboard.Dashboard(f"Veilward: {self.title}").uid(f"veilward-{self.name}").description(self.reader)
        made.tags([TAG]).readonly().refresh("10s").time("now-3h", "now").timezone("browser")
        made.tooltip(DashboardCursorSync.CROSSHAIR)
        made.link(dashboard.DashboardLink("Veilward").type(DashboardLinkType.DASHBOARDS).tags([TAG]).keep_time(True))
        number = 0
        for question, panels in self.rows:
            number += 1
            made.with_row(dashboard.Row(question).id(number))
            for panel in panels:
                number += 1
                made.with_panel(panel.built(number))
        return made
