"""How long a plan would take: a prediction, from this project's own measurements (measurements.py).

A phase takes what its bytes and turns take on the link, and what the parties compute: a sum of nonnegative constants
times counts, fitted to all measured networks and links together (least squares of the relative error). Online the
counts are bytes, one-way flights and multiplications; ahead of a frame they are bytes and multiplications of the linear
part, and comparisons. The constants are those of the machine that measured. Errors are the fit's largest on what it was
fitted to; networks unlike those may be further off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from training.cost.measurements import Counts, Link, Measurement
from training.errors import OptionError

PHASES: Mapping[str, tuple[str, ...]] = {
    "online": ("online_bytes", "online_flights", "macs"),
    "linear": ("linear_bytes", "macs"),
    "other": ("comparisons",),
}


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
        """Raises OptionError: nothing was measured over this link."""
        if link not in self.links:
            raise OptionError(f"no measurement over {link}; there are {', '.join(self.links)}")
        took = {phase: self._phase(counts, phase, self.links[link]) for phase in PHASES}
        ahead_error = max(self.errors["linear"], self.errors["other"])
        return Seconds(took["online"], took["linear"] + took["other"], self.errors["online"], ahead_error)

    def _phase(self, counts: Counts, phase: str, link: Link) -> float:
        work = np.array([counts[name] for name in PHASES[phase]], float)
        return float(work @ self.constants[phase]) + link.seconds(counts, phase)


def predictor(rows: Sequence[Measurement]) -> Prediction | None:
    """Fitted to these; None where they are of fewer than three networks."""
    if len({row.counts["macs"] for row in rows}) < len(PHASES["online"]):
        return None
    fitted = {phase: _fit(rows, phase) for phase in PHASES}
    constants = {phase: found[0] for phase, found in fitted.items()}
    links = {row.link.name: row.link for row in rows}
    return Prediction(constants, links, {phase: found[1] for phase, found in fitted.items()})


def _fit(rows: Sequence[Measurement], phase: str) -> tuple[NDArray[np.float64], float]:
    """Constants, and the largest relative error."""
    took = np.array([row.seconds[phase] for row in rows])
    waited = np.array([row.link.seconds(row.counts, phase) for row in rows])
    work = np.array([[row.counts[name] for name in PHASES[phase]] for row in rows], float) / took[:, None]
    size = work.max(axis=0)
    solve: Callable[..., tuple[NDArray[np.float64], float]] = nnls
    constants = solve(work / size, 1 - waited / took)[0] / size
    return constants, float(np.abs(work @ constants + waited / took - 1).max())
