"""How long a plan would take: a prediction, from this project's own measurements in bench/results.

A phase takes what its bytes and turns take on the link, and what the parties compute: a sum of nonnegative constants
times counts, fitted to all measured networks and links together (least squares of the relative error). Online the
counts are bytes, one-way flights and multiplications; ahead of a frame they are bytes and multiplications of the linear
part, and comparisons. The constants are those of the machine that measured. Errors are the fit's largest on what it was
fitted to; networks unlike those may be further off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from training.tuning.errors import TuningError

RESULTS = Path(__file__).resolve().parents[2] / "bench" / "results"
GADGET = "leaf"
Counts = Mapping[str, float]
"""macs, comparisons; online_bytes, online_flights; linear_bytes, linear_flights; other_bytes, other_flights."""
PHASES: Mapping[str, tuple[str, ...]] = {
    "online": ("online_bytes", "online_flights", "macs"),
    "linear": ("linear_bytes", "macs"),
    "other": ("comparisons",),
}


@dataclass(frozen=True)
class Link:
    """bytes_per_s: 0 where the machine's own speed is the limit. one_way_s: of a message."""

    bytes_per_s: float
    one_way_s: float

    def seconds(self, counts: Counts, phase: str) -> float:
        """What the phase's bytes and flights wait for."""
        sent = counts[f"{phase}_bytes"] / self.bytes_per_s if self.bytes_per_s else 0.0
        return sent + counts[f"{phase}_flights"] * self.one_way_s


@dataclass(frozen=True)
class Seconds:
    """Predicted for one frame; each with the largest relative error of its fit."""

    online: float
    ahead: float
    online_error: float
    ahead_error: float


@dataclass(frozen=True)
class Prediction:
    """constants: of each phase, in PHASES' order of counts. links: by name. errors: of each phase."""

    constants: Mapping[str, NDArray[np.float64]]
    links: Mapping[str, Link]
    errors: Mapping[str, float]

    def __call__(self, counts: Counts, link: str) -> Seconds:
        """Raises TuningError: nothing was measured over this link."""
        if link not in self.links:
            raise TuningError(f"no measurement over {link} in bench/results; there are {', '.join(self.links)}")
        took = {phase: self._phase(counts, phase, self.links[link]) for phase in PHASES}
        ahead_error = max(self.errors["linear"], self.errors["other"])
        return Seconds(took["online"], took["linear"] + took["other"], self.errors["online"], ahead_error)

    def _phase(self, counts: Counts, phase: str, link: Link) -> float:
        work = np.array([counts[name] for name in PHASES[phase]], float)
        return float(work @ self.constants[phase]) + link.seconds(counts, phase)


def predictor(results: Path = RESULTS) -> Prediction | None:
    """Fitted to the folder's results of `./run bench snni`; None where there are fewer than three networks."""
    rows, links = _rows(results)
    if len({counts["macs"] for counts, _, _ in rows}) < len(PHASES["online"]):
        return None
    fitted = {phase: _fit(rows, phase, links) for phase in PHASES}
    constants = {phase: found[0] for phase, found in fitted.items()}
    return Prediction(constants, links, {phase: found[1] for phase, found in fitted.items()})


Row = tuple[Counts, Mapping[str, float], str]
"""Counts, seconds by phase, link."""


def _rows(results: Path) -> tuple[list[Row], dict[str, Link]]:
    rows: list[Row] = []
    links: dict[str, Link] = {}
    for path in sorted(results.glob("*.json")):
        said: dict[str, Any] = json.loads(path.read_text())
        if said.get("bench") != "snni" or said["options"]["gadget"] != GADGET:
            continue
        name, link = said["options"]["link"], said["link"]
        links[name] = Link(link["rate_bytes_per_s"], link["round_trip_ms"] / 2e3)
        for kind in ("batch_1", "amortised"):
            if kind in said:
                rows.append((*_row(said["cost"], said[kind]), name))
    return rows, links


def _row(cost: Mapping[str, Any], measured: Mapping[str, Any]) -> tuple[Counts, Mapping[str, float]]:
    online, linear, other = measured["online"], measured["offline"]["linear"], measured["offline"]["nonlinear"]
    counts = {"macs": cost["macs"], "comparisons": cost["comparisons"]}
    counts |= {"online_bytes": online["bytes"], "online_flights": online["flights"]}
    for phase, one in (("linear", linear), ("other", other)):
        counts |= {f"{phase}_{what}": one[what]["median"] for what in ("bytes", "flights")}
    return counts, {phase: one["seconds"]["median"] for phase, one in zip(PHASES, (online, linear, other), strict=True)}


def _fit(rows: Sequence[Row], phase: str, links: Mapping[str, Link]) -> tuple[NDArray[np.float64], float]:
    """Constants, and the largest relative error."""
    took = np.array([seconds[phase] for _, seconds, _ in rows])
    waited = np.array([links[link].seconds(counts, phase) for counts, _, link in rows])
    work = np.array([[counts[name] for name in PHASES[phase]] for counts, _, _ in rows], float) / took[:, None]
    size = work.max(axis=0)
    solve: Callable[..., tuple[NDArray[np.float64], float]] = nnls
    constants = solve(work / size, 1 - waited / took)[0] / size
    return constants, float(np.abs(work @ constants + waited / took - 1).max())
