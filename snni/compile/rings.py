"""Ring bits and windows: as small as the calibration's peaks with their headroom, and what later steps ask for.

Windows come first, from the values they hold; then rings, backwards: a truncation needs shift + window bits, a
convolution's input at least its accumulator's ring, a max-pool's output is exactly its window.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from snni.compile.calibrate import Statistics
from snni.compile.graph import Graph, Node
from snni.compile.scales import Scales
from snni.compile.truncations import TRUNCATIONS, Truncation
from snni.compile.windows import IGNORED_BITS, compared_window, signed_bits
from snni.errors import BundleError
from snni.model.values import MAX_RING_BITS

MIN_ACCUMULATOR_BITS = 16
_PIXEL_RING_BITS = 9


@dataclass(frozen=True)
class Rings:
    """``ring_bits`` of every value, ``window`` of every relu, clip, rescale and maxpool, and the argmax's.

    ``ignored``: how many low bits of a window the comparisons of a relu, clip and maxpool drop.
    """

    ring_bits: dict[str, int]
    window: dict[str, int]
    argmax_window: int
    ignored: int = 0


def choose_rings(
    graph: Graph, statistics: Statistics, scales: Scales, headroom_bits: int = 1, ignored_bits: int = IGNORED_BITS
) -> Rings:
    """Windows and rings for a scaled graph.

    Args:
        headroom_bits: how many bits larger than any calibration value a value may be.
        ignored_bits: of every window, low ones that comparisons drop.

    Raises:
        BundleError: a value needs more than 26 ring bits; names the layer.
    """
    chooser = _Chooser(graph, statistics, scales, headroom_bits, ignored_bits)
    chooser.run()
    return Rings(chooser.ring_bits, chooser.window, chooser.argmax_window, ignored_bits)


@dataclass
class _Chooser:
    graph: Graph
    statistics: Statistics
    scales: Scales
    headroom_bits: int
    ignored_bits: int
    ring_bits: dict[str, int] = field(default_factory=dict)
    window: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    argmax_window: int = 0

    def run(self) -> None:
        self.argmax_window = self._bits(self.graph.output, self.statistics.spread[self.graph.output])
        self._ask(self.graph.output, self.argmax_window)
        for node in reversed(self.graph.nodes):
            self.ring_bits[node.name] = self._ring(node)
            if self.ring_bits[node.name] > MAX_RING_BITS:
                raise BundleError(
                    f"{node.name} needs {self.ring_bits[node.name]} ring bits, at most {MAX_RING_BITS}; "
                    "narrow the layer, or add batch norm so that its sums are smaller"
                )
        for node in self.graph:
            if node.op in ("avgpool", "flatten"):
                self.ring_bits[node.name] = self.ring_bits[node.inputs[0]]

    def _bits(self, name: str, real: float) -> int:
        """Signed bits of ``real`` in units of the value ``name``, with headroom."""
        return signed_bits(real / self.scales.scale[name] * 2**self.headroom_bits)

    def _ask(self, name: str, bits: int) -> None:
        self.asked[name] = max(self.asked.get(name, 0), bits)

    def _ring(self, node: Node) -> int:
        asked = self.asked.get(node.name, 0)
        if kind := TRUNCATIONS.get(node.op):
            return self._truncation(node, kind, asked)
        need = max(asked, self._bits(node.name, self.statistics.peak[node.name]))
        match node.op:
            case "input":
                return max(asked, _PIXEL_RING_BITS)
            case "conv":
                bias = signed_bits(float(abs(node.bias_real).max()) / self.scales.scale[node.name])
                ring = max(need, bias, MIN_ACCUMULATOR_BITS)
                self._ask(node.inputs[0], ring)
                return ring
            case "add" | "concat":
                for name, shift in zip(node.inputs, self.scales.left_shifts[node.name], strict=True):
                    self._ask(name, need - shift)
                return need
        self._ask(node.inputs[0], need)
        return need

    def _truncation(self, node: Node, kind: Truncation, asked: int) -> int:
        units = kind.reach(node, self.statistics) / self.scales.scale[node.name] * 2**self.headroom_bits
        window = compared_window(units, kind.ignored(self.ignored_bits))
        if node.op == "maxpool":
            window = max(window, asked)
        self.window[node.name] = window
        self._ask(node.inputs[0], self.scales.shift.get(node.name, 0) + window)
        return max(window, asked)
