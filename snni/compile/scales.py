"""One real scale a value (real = scale * integer), so that every truncation is a shift and every join has one scale.

A convolution's accumulator has scale A = S_x * s_w, its weights round(w / s_w). ReLU networks being positively
homogeneous, s_w may be anything from max |w| / 127 upwards; an activation's scale is then S = A * 2^shift. Values tied
by shifts form a *component*, whose scales agree up to powers of two: its first convolution chooses the finest s_w and
so the common mantissa, the others round theirs up to it. Activations that are joined form a *group*, which shares S.
S is the member of its component nearest to (typical value) / (2^activation_bits - 1), or the next coarser one where
that brings what its windows compare down to one of PREFERRED_WINDOWS; outliers live in the window's headroom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from snni.compile.calibrate import PIXEL_LEVELS, Statistics
from snni.compile.components import EPSILON, Offset, offsets
from snni.compile.graph import Node
from snni.compile.lower import Lowered
from snni.compile.truncations import TRUNCATIONS
from snni.compile.windows import IGNORED_BITS, PREFERRED_WINDOWS, compared_window
from snni.errors import UnsupportedLayer
from snni.model.steps import WEIGHT_LIMIT

ACTIVATION_BITS = 8
SOFT_RING_BITS = 24
_ROUNDS = 64


@dataclass(frozen=True)
class Scales:
    """``scale`` of every value, ``shift`` of every truncating node, ``left_shifts`` of every add and concat."""

    scale: dict[str, float]
    shift: dict[str, int]
    left_shifts: dict[str, tuple[int, ...]]


def choose_scales(
    lowered: Lowered,
    statistics: Statistics,
    headroom_bits: int = 1,
    activation_bits: int = ACTIVATION_BITS,
    ignored_bits: int = IGNORED_BITS,
) -> Scales:
    """Scales for every value; see the module.

    Raises:
        UnsupportedLayer: averages over windows that are no power of two are joined with other values.
    """
    offset = offsets(lowered.graph)
    group = _groups(lowered)
    floors: dict[str, float] = {}
    for _ in range(_ROUNDS):
        attempt = _Attempt(
            lowered, statistics, headroom_bits, activation_bits, ignored_bits, offset, group, dict(floors)
        )
        raised = attempt.run()
        if raised is None:
            return Scales(attempt.scale, attempt.shift, attempt.left_shifts)
        floors[raised[0]] = raised[1]
    raise UnsupportedLayer("a network whose joined branches differ beyond all shifts", "batch norm in every branch")


def _groups(lowered: Lowered) -> dict[str, str]:
    """For each activation the group whose scale it shares (averages are in none: theirs follows)."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for node in lowered.graph:
        if node.name in lowered.accumulators:
            continue
        parent[node.name] = node.name
        if node.op not in ("conv", "input", "avgpool") and not lowered.truncates(node):
            for x in node.inputs:
                parent[find(node.name)] = find(x)
    return {name: find(name) for name in parent}


@dataclass
class _Attempt:
    """One walk through the graph. ``floors`` are lower bounds of groups' scales that earlier walks found."""

    lowered: Lowered
    statistics: Statistics
    headroom_bits: int
    activation_bits: int
    ignored_bits: int
    offset: dict[str, Offset]
    group: dict[str, str]
    floors: dict[str, float]
    scale: dict[str, float] = field(default_factory=dict)
    shift: dict[str, int] = field(default_factory=dict)
    left_shifts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    base: dict[str, float] = field(default_factory=dict)
    group_scale: dict[str, float] = field(default_factory=dict)

    def run(self) -> tuple[str, float] | None:
        """None when every value has a scale; else a group and the scale it must at least have."""
        first = self.lowered.graph.nodes[0].name
        self._fix(first, 1 / PIXEL_LEVELS)
        self.group_scale[self.group[first]] = 1 / PIXEL_LEVELS
        for node in self.lowered.graph.nodes[1:]:
            if node.op == "conv":
                self._fix(node.name, self._accumulator_scale(node))
            elif self.lowered.truncates(node):
                source, target = self.scale[node.inputs[0]], self._activation_scale(node.name)
                if target < source * (1 - EPSILON):
                    return self.group[node.name], source
                self.scale[node.name], self.shift[node.name] = target, _exact_log2(target / source)
            elif node.op in ("add", "concat"):
                self._join(node)
            else:
                divisor = math.prod(node.kernel) if node.op == "avgpool" else 1
                self.scale[node.name] = self.scale[node.inputs[0]] / divisor
        return None

    def _fix(self, name: str, scale: float) -> None:
        self.scale[name] = scale
        place = self.offset[name]
        self.base.setdefault(place.component, math.log2(scale) - place.mantissa)

    def _aligned(self, name: str, scale: float, up: bool) -> float:
        """The scale of ``name``'s component nearest to ``scale``, or the next at or above it."""
        place = self.offset[name]
        start = self.base[place.component] + place.mantissa
        steps = math.log2(scale) - start
        return float(2.0 ** (start + (math.ceil(steps - EPSILON) if up else round(steps))))

    def _accumulator_scale(self, conv: Node) -> float:
        largest = float(abs(conv.kernel_real).max()) or 1.0
        finest = max(self.scale[conv.inputs[0]] * largest / WEIGHT_LIMIT, self._ring_floor(conv))
        return self._aligned(conv.name, finest, up=True) if self._based(conv.name) else finest

    def _based(self, name: str) -> bool:
        return self.offset[name].component in self.base

    def _ring_floor(self, conv: Node) -> float:
        """The finest accumulator scale for which sums and shifts downstream fit SOFT_RING_BITS."""
        readers = self.lowered.graph.consumers()
        peak, floor, todo = 0.0, 0.0, [(conv.name, 1)]
        while todo:
            name, summed = todo.pop()
            compared = self.statistics.spread[name] if name == self.lowered.graph.output else 0.0
            peak = max(peak, summed * self.statistics.peak[name], summed * compared)
            for node in readers[name]:
                if self.lowered.truncates(node):
                    target = self._target(node.name)
                    ignored = TRUNCATIONS[node.op].ignored(self.ignored_bits)
                    window = compared_window(self._windowed(node) * 2.0**self.headroom_bits / target, ignored)
                    floor = max(floor, summed * target * 2.0 ** (window - SOFT_RING_BITS))
                elif node.name in self.lowered.accumulators and node.op != "conv":
                    todo.append((node.name, summed * (math.prod(node.kernel) if node.op == "avgpool" else 1)))
        return max(floor, peak * 2.0 ** (1 + self.headroom_bits - SOFT_RING_BITS))

    def _target(self, name: str) -> float:
        """What the scale of the activation's group should be: activation_bits for its typical value, its lower bound
        kept."""
        group = self.group[name]
        if group in self.group_scale:
            return self.group_scale[group]
        return max(self._wanted(group), self._lowest(group)) or 1.0

    def _wanted(self, group: str) -> float:
        """By the typical value; by the largest where that is zero, and by what the windows take where all are."""
        members = self._members(group)
        typical = max(self.statistics.typical[node.name] for node in members)
        largest = max(self.statistics.peak[node.name] for node in members)
        size = typical or largest or max(self._windowed(node) for node in members)
        return size / float(2**self.activation_bits - 1)

    def _lowest(self, group: str) -> float:
        """The group's floor, and the scale for the narrowest of PREFERRED_WINDOWS that costs at most one bit."""
        reach = max(self._windowed(n) for n in self._members(group))
        floor = self.floors.get(group, 0.0)
        affordable = (reach / self._room(window) for window in PREFERRED_WINDOWS)
        return max(floor, next((scale for scale in affordable if scale <= 2 * self._wanted(group)), floor))

    def _room(self, window: int) -> float:
        """Largest value, in units of its scale, that this window and the bits ignored below it take with headroom."""
        kept = 2.0**self.ignored_bits
        return float((kept * 2.0 ** (window - 1) - (kept if self.ignored_bits else 0)) / 2.0**self.headroom_bits)

    def _members(self, group: str) -> list[Node]:
        return [node for node in self.lowered.graph if self.group.get(node.name) == group]

    def _windowed(self, node: Node) -> float:
        """The largest real value that this node's window has to take."""
        kind = TRUNCATIONS.get(node.op)
        return kind.reach(node, self.statistics) if kind else 0.0

    def _activation_scale(self, name: str) -> float:
        group = self.group[name]
        if group not in self.group_scale:
            nearest = self._aligned(name, self._target(name), up=False)
            enough = nearest >= self._lowest(group) * (1 - EPSILON)
            self.group_scale[group] = nearest if enough else nearest * 2
        return self.group_scale[group]

    def _join(self, node: Node) -> None:
        finest = min(self.scale[x] for x in node.inputs)
        self.scale[node.name] = finest
        self.left_shifts[node.name] = tuple(_exact_log2(self.scale[x] / finest) for x in node.inputs)


def _exact_log2(ratio: float) -> int:
    return round(math.log2(ratio))
