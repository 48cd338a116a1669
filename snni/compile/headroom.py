"""How much larger than on any calibration image a value may be before it leaves its ring or window."""

from __future__ import annotations

import math
from dataclasses import dataclass

from snni.compile.calibrate import Statistics
from snni.compile.graph import Graph
from snni.compile.scales import Scales, clip_peak
from snni.model.plan import Plan
from snni.model.steps import Clip, MaxPool, Relu, Rescale


@dataclass(frozen=True)
class Headroom:
    """Of one value, in bits; ``window`` is None where nothing compares or truncates into it.

    ``ring`` is log2 of the ring's half over the value's peak; ``window`` the same of its window and what it takes.
    """

    ring: float
    window: float | None


def value_headroom(plan: Plan, graph: Graph, statistics: Statistics, scales: Scales) -> dict[str, Headroom]:
    """Of every value of ``graph``, by name; ``statistics`` and ``scales`` are its own."""
    windows = {step.y: _window(step, graph, statistics, scales) for step in plan.steps if isinstance(step, _WINDOWED)}
    return {
        name: Headroom(
            _bits(spec.ring_bits, statistics.peak[name] / scales.scale[name]),
            windows.get(name),
        )
        for name, spec in plan.values.items()
        if name in scales.scale
    }


_WINDOWED = (Relu, Clip, Rescale, MaxPool)


def _bits(bits: int, magnitude: float, taken: int = 0) -> float:
    """log2((2^(bits - 1) - taken) / magnitude); a value that was always zero has the whole ring."""
    return math.log2((1 << (bits - 1)) - taken) - math.log2(max(magnitude, 1.0))


def _window(step: Relu | Clip | Rescale | MaxPool, graph: Graph, statistics: Statistics, scales: Scales) -> float:
    """Of what the step compares: see ``snni.model.steps`` for what each window has to take."""
    source, unit = step.x, scales.scale[step.y]
    match step:
        case MaxPool():
            reach = statistics.spread[source]
        case Rescale():
            reach = 2 * statistics.peak[source]
        case Clip():
            reach = clip_peak(graph[step.name], statistics)
        case Relu():
            reach = statistics.peak[source]
    ignored = 0 if isinstance(step, Rescale) else step.ignored
    return _bits(step.window, reach / unit, 1 << ignored if ignored else 0)
