"""A scaled graph with its rings into a plan and integer weights, the layer's fan-in checked against the noise bound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from snni.compile.calibrate import Statistics
from snni.compile.graph import Graph, Node, Real, Sizes
from snni.compile.rings import Rings
from snni.compile.scales import Scales
from snni.compile.truncations import TRUNCATIONS
from snni.errors import BundleError, ParameterError
from snni.model.plan import Plan, first_problem
from snni.model.steps import (
    WEIGHT_LIMIT,
    Add,
    Argmax,
    Concat,
    Conv,
    Flatten,
    MaxPool,
    Step,
    SumPool,
)
from snni.model.values import MIN_RING_BITS, ValueSpec

Weights = dict[str, NDArray[np.generic]]
LARGEST_MODULUS_BITS = 54
NOISE_PER_PRODUCT = 127 * 21.5
ARGMAX = "level"


def assert_fan_in(plan: Plan) -> None:
    """Every convolution's decryption error stays below one unit: K * 127 * 21.5 <= q / t for q = 2^54, t = 2^k.

    21.5 bounds a fresh ciphertext's noise and the dropped bits per coefficient.

    Raises:
        BundleError: a layer sums too many products for its ring; names it.
    """
    for step in plan.steps:
        if isinstance(step, Conv):
            fan_in = step.fan_in(plan.values[step.x].shape)
            most = int(2.0 ** (LARGEST_MODULUS_BITS - step.ring_bits) / NOISE_PER_PRODUCT)
            if fan_in > most:
                raise BundleError(
                    f"{step.name} sums {fan_in} products in {step.ring_bits} ring bits, at most {most}; "
                    "use groups, fewer channels or a pooling before it"
                )


def emit(
    graph: Graph, statistics: Statistics, scales: Scales, rings: Rings, name: str, crop: str | None = None
) -> tuple[Plan, Weights]:
    """The plan and the tensors it names: int8 weights, int64 biases in [0, 2^ring_bits), int64 limits.

    Raises:
        ParameterError: the name is not [a-z0-9_.]+, the crop not [a-z0-9-]+, or the plan breaks a bound of
            ``snni.model.plan``.
        BundleError: the fan-in bound.
    """
    values = {node.name: ValueSpec(shape=node.shape, ring_bits=rings.ring_bits[node.name]) for node in graph}
    steps: list[Step] = [_step(node, scales, rings) for node in graph.nodes[1:]]
    levels = values[graph.output].elements
    level = ARGMAX if ARGMAX not in values else f"{ARGMAX}.argmax"
    values[level] = ValueSpec(shape=(1, 1, 1), ring_bits=max(MIN_RING_BITS, (levels - 1).bit_length()))
    steps.append(Argmax(name=level, x=graph.output, y=level, window=rings.argmax_window))
    first = graph.nodes[0]
    try:
        plan = Plan(
            name=name,
            input=first.name,
            output=level,
            input_shape=first.shape,
            input_bits=rings.ring_bits[first.name],
            values=values,
            steps=tuple(steps),
            levels=levels,
            crop=crop,
        )
    except ValidationError as error:
        raise ParameterError(f"this network makes no valid plan: {first_problem(error)}") from error
    assert_fan_in(plan)
    weights: Weights = {}
    for node in graph:
        if node.op == "conv":
            weights[f"{node.name}.weight"] = integer_weight(node, scales)
            mean = statistics.channel_mean[node.inputs[0]]
            lost = rounding_bias(node, graph[node.inputs[0]].shape, mean, scales)
            weights[f"{node.name}.bias"] = integer_bias(node, lost, scales, rings.ring_bits[node.name])
        elif node.op == "clip":
            weights[f"{node.name}.limit"] = integer_limit(node, scales)
    return plan, weights


def integer_weight(node: Node, scales: Scales) -> NDArray[np.int8]:
    """round(w / s_w), s_w = accumulator's scale / input's scale."""
    step = scales.scale[node.name] / scales.scale[node.inputs[0]]
    rounded: Real = np.rint(node.kernel_real / step)
    if abs(rounded).max() > WEIGHT_LIMIT:
        raise ParameterError(f"{node.name}: weights beyond int8 at the scale chosen")
    return rounded.astype(np.int8)


def rounding_bias(node: Node, shape: Sizes, mean: Real, scales: Scales) -> Real:
    """By how much each output lies too low on average, since rounding moved the weights: real units, [M].

    Activations after a ReLU have means far from zero, so a channel's weight errors do not cancel over a window but
    shift the output. Nagel et al., Data-Free Quantization (ICCV 2019), section 4.2, with measured means. A tap counts
    as often as it lies on the map rather than on padding.

    Args:
        shape: [C, H, W] of the input. mean: [C], of the input's channels on the calibration images.
    """
    step = scales.scale[node.name] / scales.scale[node.inputs[0]]
    error = node.kernel_real - step * integer_weight(node, scales)
    down, across = (
        _on_map(shape[1 + a], node.shape[1 + a], node.kernel[a], node.stride[a], node.padding[a]) for a in (0, 1)
    )
    taps = (error * down[:, None] * across).sum(axis=(2, 3)).reshape(node.groups, node.shape[0] // node.groups, -1)
    return np.asarray((taps * mean.reshape(node.groups, 1, -1)).sum(axis=2).reshape(-1))


def _on_map(side: int, out: int, kernel: int, stride: int, padding: int) -> Real:
    """For each tap along an axis, the part of the outputs whose operand there is no padding."""
    at = np.arange(out)[None, :] * stride + np.arange(kernel)[:, None] - padding
    return np.asarray(((at >= 0) & (at < side)).mean(axis=1))


def integer_bias(node: Node, lost: Real, scales: Scales, ring_bits: int) -> NDArray[np.int64]:
    """round((b + lost) / accumulator's scale) mod 2^ring_bits; lost: see ``rounding_bias``."""
    return np.rint((node.bias_real + lost) / scales.scale[node.name]).astype(np.int64) & ((1 << ring_bits) - 1)


def integer_limit(node: Node, scales: Scales) -> NDArray[np.int64]:
    """round(limit / input's scale), at least 1."""
    return np.maximum(np.rint(node.limits_real / scales.scale[node.inputs[0]]).astype(np.int64), 1)


def _step(node: Node, scales: Scales, rings: Rings) -> Step:
    return _BUILDERS[node.op](node, scales, rings)


def _conv(node: Node, scales: Scales, rings: Rings) -> Step:
    return Conv(
        name=node.name,
        x=node.inputs[0],
        y=node.name,
        out_channels=node.shape[0],
        kernel=node.kernel,
        stride=node.stride,
        padding=node.padding,
        groups=node.groups,
        ring_bits=rings.ring_bits[node.name],
    )


def _truncation(node: Node, scales: Scales, rings: Rings) -> Step:
    kind = TRUNCATIONS[node.op]
    return kind.step(
        name=node.name,
        x=node.inputs[0],
        y=node.name,
        shift=scales.shift.get(node.name, 0),
        window=rings.window[node.name],
        out_bits=rings.ring_bits[node.name],
        **({"ignored": rings.ignored} if kind.compares else {}),
    )


def _max_pool(node: Node, scales: Scales, rings: Rings) -> Step:
    return MaxPool(
        name=node.name,
        x=node.inputs[0],
        y=node.name,
        kernel=node.kernel,
        stride=node.stride,
        padding=node.padding,
        ceil_mode=node.ceil_mode,
        shift=scales.shift.get(node.name, 0),
        window=rings.window[node.name],
        ignored=rings.ignored,
    )


def _sum_pool(node: Node, scales: Scales, rings: Rings) -> Step:
    return SumPool(
        name=node.name,
        x=node.inputs[0],
        y=node.name,
        kernel=node.kernel,
        stride=node.stride,
        padding=node.padding,
    )


def _join(node: Node, scales: Scales, rings: Rings) -> Step:
    kind = Add if node.op == "add" else Concat
    return kind(
        name=node.name,
        xs=node.inputs,
        y=node.name,
        out_bits=rings.ring_bits[node.name],
        left_shifts=scales.left_shifts[node.name],
    )


def _flatten(node: Node, scales: Scales, rings: Rings) -> Step:
    return Flatten(name=node.name, x=node.inputs[0], y=node.name)


_BUILDERS: dict[str, Callable[[Node, Scales, Rings], Step]] = {
    "conv": _conv,
    **dict.fromkeys(TRUNCATIONS, _truncation),
    "maxpool": _max_pool,
    "avgpool": _sum_pool,
    "add": _join,
    "concat": _join,
    "flatten": _flatten,
}
