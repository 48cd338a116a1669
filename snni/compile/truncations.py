"""The kinds of node that truncate: what each one's window has to take, and the step that it becomes.

Lowering, scales, rings, headroom and the plan ask here, so that all of them mean the same window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from snni.compile.calibrate import Statistics
from snni.compile.graph import Node, Op
from snni.model.steps import Clip, MaxPool, Relu, Rescale, Step


@dataclass(frozen=True)
class Truncation:
    """One kind.

    reach: the largest real value that the window has to take, see ``snni.model.steps`` for why. compares: whether a
    comparison drops low bits of the window. rounding: a value's error has a variance of unit^2 / rounding.
    """

    step: Callable[..., Step]
    reach: Callable[[Node, Statistics], float]
    compares: bool = True
    rounding: int = 6

    def ignored(self, bits: int) -> int:
        """How many low bits of its window are dropped where comparisons drop so many."""
        return bits if self.compares else 0


def _peak(node: Node, statistics: Statistics) -> float:
    return statistics.peak[node.inputs[0]]


def _doubled(node: Node, statistics: Statistics) -> float:
    """So that its sign is known once half of the window was added."""
    return 2 * statistics.peak[node.inputs[0]]


def _spread(node: Node, statistics: Statistics) -> float:
    """The largest difference of two of its input's values."""
    return statistics.spread[node.inputs[0]]


def _beyond_limit(clip: Node, statistics: Statistics) -> float:
    """The largest |x| and |x - limit|."""
    return float((statistics.channel_peak[clip.inputs[0]] + clip.limits_real).max())


TRUNCATIONS: dict[Op, Truncation] = {
    "relu": Truncation(Relu, _peak),
    "clip": Truncation(Clip, _beyond_limit, rounding=4),
    "maxpool": Truncation(MaxPool, _spread),
    "rescale": Truncation(Rescale, _doubled, compares=False),
}
