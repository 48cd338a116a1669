"""How near secure inference is to the real network: measured on images, and expected from the roundings alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from snni.compile.calibrate import PIXEL_LEVELS, Statistics, encode_image
from snni.compile.graph import Graph, Node, Real
from snni.compile.lower import Lowered
from snni.compile.scales import Scales
from snni.compile.truncations import TRUNCATIONS
from snni.errors import BundleError
from snni.model.bundle import Bundle
from snni.model.reference import Reference


@dataclass(frozen=True)
class Agreement:
    """``images`` compared, ``same_level`` of them with the float network's argmax.

    ``relative_error`` is the root mean square of (integer - float) scores, over that of the float scores' deviation
    from their image's mean; ``overflows`` counts values outside a ring or window, by step. ``constant``: the float
    scores of several images are all the same, as of a last layer without weights.
    """

    images: int
    same_level: int
    relative_error: float
    overflows: dict[str, int]
    constant: bool = False

    @property
    def fraction(self) -> float:
        return self.same_level / self.images


def compare(
    bundle: Bundle, module: nn.Module, batches: Sequence[torch.Tensor], score_scale: float, closing: str = ""
) -> Agreement:
    """Run both networks on every image of ``batches`` [N, C, H, W], truncations rounding by chance as shares do.

    Args:
        score_scale: real units of one integer score.
        closing: the softmax that ``module`` ends in and the bundle leaves out; scores are compared after it.
    """
    reference = Reference(bundle.plan, bundle.weights)
    same, error, power, count = 0, 0.0, 0.0, 0
    overflows = {step.name: 0 for step in bundle.plan.steps}
    distinct: set[bytes] = set()
    for pixels in (encode_image(batch)[i] for batch in batches for i in range(len(batch))):
        with torch.no_grad():
            wanted = module(pixels[None].float() / PIXEL_LEVELS).double().reshape(-1).numpy()
        distinct.add(wanted.tobytes())
        trace = reference.run(pixels.numpy(), np.random.default_rng(count))
        scores = closed(np.asarray(trace.scores * score_scale, np.float64), closing)
        shift = (wanted - wanted.mean()) - (scores - scores.mean())
        same += int(np.argmax(wanted) == trace.level)
        error, power, count = error + float((shift**2).mean()), power + float(wanted.var()), count + 1
        overflows = {name: overflows[name] + n for name, n in trace.overflows.items()}
    relative = math.sqrt(error / power) if power else math.inf
    return Agreement(count, same, relative, overflows, constant=count > 1 and len(distinct) == 1)


def closed(scores: Real, closing: str) -> Real:
    """Scores as a network gives them that ends in this softmax."""
    if not closing:
        return scores
    apply = torch.log_softmax if closing == "log_softmax" else torch.softmax
    return np.asarray(apply(torch.from_numpy(scores), 0).numpy())


def assert_no_overflow(agreement: Agreement) -> None:
    """Raises BundleError naming the first step that overflowed."""
    for name, count in agreement.overflows.items():
        if count:
            raise BundleError(
                f"{name}: {count} values outside ring or window on the calibration images; compile with more headroom"
            )


def expected_error(lowered: Lowered, scales: Scales, statistics: Statistics) -> Real:
    """Standard deviation of each score's error in real units, from the rounding of weights, biases and activations.

    A value rounded to the nearest point of a grid of step d errs by d / sqrt(12) if it is spread evenly over the
    grid's cells, by d / sqrt(6) if chance takes the one below or above, as a truncation does; a clip's limit is
    rounded to one neighbour or the other, d / 2 at most. Errors of different weights and channels are taken as
    independent. Those under one window of a channel have some correlation rho in [0, 1], a weight's error being the
    same at every position: taps w carry (1 - rho) sum w^2 + rho (sum w)^2 of a variance, at most the larger of the
    two sums, and averaging lessens nothing. What comparisons ignore near zero is not counted. A maximum stretches
    no error, and ReLU passes it where it is active.
    """
    graph = lowered.graph
    variance: dict[str, Real] = {graph.nodes[0].name: np.zeros(graph.nodes[0].shape[0])}
    for node in graph.nodes[1:]:
        carried = _carried(graph, node, [variance[x] for x in node.inputs], scales, statistics)
        rounded = scales.scale[node.name] ** 2 / TRUNCATIONS[node.op].rounding if lowered.truncates(node) else 0.0
        variance[node.name] = carried + rounded
    return np.asarray(np.sqrt(variance[graph.output]))


def _carried(graph: Graph, node: Node, xs: list[Real], scales: Scales, statistics: Statistics) -> Real:
    x = xs[0]
    match node.op:
        case "conv":
            step = scales.scale[node.name] / scales.scale[node.inputs[0]]
            power = statistics.channel_power[node.inputs[0]].reshape(node.groups, 1, -1)
            taps = node.kernel_real
            squared = np.maximum((taps**2).sum(axis=(2, 3)), taps.sum(axis=(2, 3)) ** 2)
            squared = squared.reshape(node.groups, node.shape[0] // node.groups, -1)
            carried = (squared * x.reshape(node.groups, 1, -1)).sum(axis=2)
            rounded = math.prod(node.kernel) * step**2 / 12 * power.sum(axis=2)
            return np.asarray((carried + rounded).reshape(-1) + scales.scale[node.name] ** 2 / 12)
        case "relu" | "clip":
            return x * statistics.channel_active[node.name]
        case "add":
            return np.asarray(np.sum(xs, axis=0))
        case "concat":
            return np.concatenate(xs)
        case "flatten":
            return np.repeat(x, node.shape[0] // len(x))
    return x
