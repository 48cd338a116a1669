"""A scaled graph with its rings into a plan and integer weights, the layer's fan-in checked against the noise bound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from snni.compile.graph import Graph, Node, Real
from snni.compile.rings import Rings
from snni.compile.scales import WEIGHT_LIMIT, Scales
from snni.errors import BundleError, ParameterError
from snni.plan import (
    MIN_RING_BITS,
    Add,
    Argmax,
    Clip,
    Concat,
    Conv,
    Flatten,
    MaxPool,
    Plan,
    Relu,
    Rescale,
    Step,
    SumPool,
    ValueSpec,
    first_problem,
)

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


def emit(graph: Graph, scales: Scales, rings: Rings, name: str) -> tuple[Plan, Weights]:
    """The plan and the tensors it names: int8 weights, int64 biases in [0, 2^ring_bits), int64 limits.

    Raises:
        ParameterError: the name is not [a-z0-9_.]+, or the plan breaks a bound of ``snni.plan``.
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
        )
    except ValidationError as error:
        raise ParameterError(f"this network makes no valid plan: {first_problem(error)}") from error
    assert_fan_in(plan)
    weights: Weights = {}
    for node in graph:
        if node.op == "conv":
            weights[f"{node.name}.weight"] = integer_weight(node, scales)
            weights[f"{node.name}.bias"] = integer_bias(node, scales, rings.ring_bits[node.name])
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


def integer_bias(node: Node, scales: Scales, ring_bits: int) -> NDArray[np.int64]:
    """round(b / accumulator's scale) mod 2^ring_bits."""
    return np.rint(node.bias_real / scales.scale[node.name]).astype(np.int64) & ((1 << ring_bits) - 1)


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
    kinds: dict[str, type[Relu] | type[Clip] | type[Rescale]] = {"relu": Relu, "clip": Clip, "rescale": Rescale}
    return kinds[node.op](
        name=node.name,
        x=node.inputs[0],
        y=node.name,
        shift=scales.shift.get(node.name, 0),
        window=rings.window[node.name],
        out_bits=rings.ring_bits[node.name],
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
    "relu": _truncation,
    "clip": _truncation,
    "rescale": _truncation,
    "maxpool": _max_pool,
    "avgpool": _sum_pool,
    "add": _join,
    "concat": _join,
    "flatten": _flatten,
}
