"""The network of network.py as a function of JAX; runs in SPU's environment, in the clear or compiled by SPU.

Written for SPU's speed: sums and maxima of pools are of shifted slices, along rows first, which it does several times
faster than JAX's own windows; maxima compare as many pairs as the plan does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import jax
import jax.numpy as jnp

Array = Any
FAR = -64.0
"""Beyond a map's edge: below every value, so that it never is a maximum."""


def network(steps: Sequence[dict[str, Any]], names: Sequence[str], start: str) -> Callable[..., Array]:
    """A function of (images [N, H, W, C], tensors in the order of ``names``) that gives scores [N, F]."""

    def scores(images: Array, *tensors: Array) -> Array:
        named = dict(zip(names, tensors, strict=True))
        values = {start: images}
        for step in steps:
            values[step["y"]] = _step(step, [values[x] for x in step["xs"]], named)
        last = values[steps[-1]["y"]]
        return last.reshape(last.shape[0], -1)

    return scores


def _step(step: dict[str, Any], xs: list[Array], tensors: dict[str, Array]) -> Array:
    match step["op"]:
        case "conv":
            sides = [(padding, padding) for padding in step["padding"]]
            weight, bias = (tensors[f"{step['name']}.{kind}"] for kind in ("weight", "bias"))
            layout = ("NHWC", "HWIO", "NHWC")
            return jax.lax.conv_general_dilated(xs[0], weight, step["stride"], sides, dimension_numbers=layout) + bias
        case "relu":
            return jnp.maximum(xs[0], 0)
        case "maxpool":
            return _pooled(step, xs[0], jnp.maximum, FAR)
        case "sumpool":
            return _pooled(step, xs[0], jnp.add, 0.0)
        case "add":
            return reduce(jnp.add, xs)
        case "concat":
            return jnp.concatenate(xs, axis=-1)
        case "flatten":
            return xs[0].transpose(0, 3, 1, 2).reshape(xs[0].shape[0], 1, 1, -1)
        case _:
            return xs[0]  # a rescale changes no number


def _pooled(step: dict[str, Any], x: Array, join: Callable[[Array, Array], Array], beyond: float) -> Array:
    for axis in (2, 1):
        kernel, stride, padding = (step[name][axis - 1] for name in ("kernel", "stride", "padding"))
        if padding:
            sides = [(0, 0)] * axis + [(padding, padding)] + [(0, 0)] * (3 - axis)
            x = jnp.pad(x, sides, constant_values=beyond)
        outputs = (x.shape[axis] - kernel) // stride + 1
        ends = [at + (outputs - 1) * stride + 1 for at in range(kernel)]
        x = reduce(join, [jax.lax.slice_in_dim(x, at, end, stride, axis) for at, end in enumerate(ends)])
    return x
