"""How much larger than on any calibration image a value may be before it leaves its ring or window."""

from __future__ import annotations

import math
from dataclasses import dataclass

from snni.compile.calibrate import Statistics
from snni.compile.graph import Graph, Node
from snni.compile.rings import Rings
from snni.compile.scales import Scales
from snni.compile.truncations import TRUNCATIONS


@dataclass(frozen=True)
class Headroom:
    """Of one value, in bits; ``window`` is None where nothing compares or truncates into it.

    ``ring`` is log2 of the ring's half over the value's peak; ``window`` the same of its window and what it takes.
    """

    ring: float
    window: float | None


def value_headroom(graph: Graph, statistics: Statistics, scales: Scales, rings: Rings) -> dict[str, Headroom]:
    """Of every value of ``graph``, by name; the rest are its own."""
    return {
        node.name: Headroom(_ring(node, statistics, scales, rings), _window(node, statistics, scales, rings))
        for node in graph
    }


def _bits(bits: int, magnitude: float, taken: int = 0) -> float:
    """log2((2^(bits - 1) - taken) / magnitude); a value that was always zero has the whole ring."""
    return math.log2((1 << (bits - 1)) - taken) - math.log2(max(magnitude, 1.0))


def _ring(node: Node, statistics: Statistics, scales: Scales, rings: Rings) -> float:
    return _bits(rings.ring_bits[node.name], statistics.peak[node.name] / scales.scale[node.name])


def _window(node: Node, statistics: Statistics, scales: Scales, rings: Rings) -> float | None:
    """Of what the node compares, if it truncates."""
    kind = TRUNCATIONS.get(node.op)
    if kind is None:
        return None
    ignored = kind.ignored(rings.ignored)
    reach = kind.reach(node, statistics) / scales.scale[node.name]
    return _bits(rings.window[node.name], reach, 1 << ignored if ignored else 0)
