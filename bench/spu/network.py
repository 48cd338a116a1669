"""A bundle's network in real numbers: the same steps, weights and biases, as fixed-point engines take them.

An integer v of a plan stands for v / 2^scale. Truncation by f bits lowers the scale by f and leaves the number as it
is, so that ReLUs and pools are those of real numbers. A convolution's scale is chosen so that every value behind a
truncation has ``ACTIVATIONS`` bits below the point; weights are int8 / 2^n then, and are exact in any fixed point with
n bits. What is left out is rounding; overflow there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.steps import Add, Concat, Conv, Flatten, MaxPool, Relu, Rescale, Step, SumPool

ACTIVATIONS = 8
"""Bits below the point of pixels and activations: a pixel of 0 to 255 is in [0, 1)."""
Floats = NDArray[np.float32]


class NotCarriedOver(ValueError):
    """A plan that has no such form, or a step that the other engine is not given; says which."""


@dataclass(frozen=True)
class RealNetwork:
    """steps: JSON records in order, maps [N, H, W, C]. tensors: ``<step>.weight`` [kh, kw, C, M], ``<step>.bias`` [M].

    scale: that of the scores, which are the last step's output. input: the value that the images are.
    """

    steps: list[dict[str, Any]]
    tensors: dict[str, Floats]
    scale: int
    input: str

    def images(self, pixels: NDArray[np.uint8]) -> Floats:
        """uint8 [N, C, H, W] -> what the network reads, float32 [N, H, W, C]."""
        return np.ascontiguousarray(pixels.transpose(0, 2, 3, 1), np.float32) * np.float32(2.0**-ACTIVATIONS)


def real_network(bundle: Bundle) -> RealNetwork:
    """Raises NotCarriedOver."""
    plan = bundle.plan
    wanted = _wanted(plan)
    scale = {plan.input: ACTIVATIONS}
    steps: list[dict[str, Any]] = []
    tensors: dict[str, Floats] = {}
    for step in plan.steps[:-1]:
        scale[step.y] = _scale(step, scale, wanted)
        steps.append(_record(step, plan))
        if isinstance(step, Conv):
            tensors |= _tensors(step, bundle.weights, scale[step.x], scale[step.y])
    return RealNetwork(steps, tensors, scale[plan.scores], plan.input)


def _wanted(plan: Plan) -> dict[str, int]:
    """The scale that each value should have for what is read behind it."""
    wanted: dict[str, int] = {}
    for step in reversed(plan.steps):
        behind = wanted.get(step.y, ACTIVATIONS)
        match step:
            case Relu() | Rescale() | MaxPool():
                wanted.setdefault(step.x, behind + step.shift)
            case SumPool() | Flatten():
                wanted.setdefault(step.x, behind)
            case Add() | Concat():
                for x, shift in zip(step.xs, step.shifts(), strict=True):
                    wanted.setdefault(x, behind - shift)
            case _:
                pass  # a convolution's weights take up any difference; an argmax wants none
    return wanted


def _scale(step: Step, scale: Mapping[str, int], wanted: Mapping[str, int]) -> int:
    match step:
        case Conv():
            return wanted.get(step.y, ACTIVATIONS)
        case Relu() | Rescale() | MaxPool():
            return scale[step.x] - step.shift
        case SumPool() | Flatten():
            return scale[step.x]
        case Add() | Concat():
            found = {scale[x] + shift for x, shift in zip(step.xs, step.shifts(), strict=True)}
            if len(found) > 1:
                raise NotCarriedOver(f"{step.name}: its inputs have no scale in common")
            return found.pop()
        case _:
            raise NotCarriedOver(f"{step.name}: no {step.op} is given to the other engine")


def _record(step: Step, plan: Plan) -> dict[str, Any]:
    record: dict[str, Any] = {"op": step.op, "name": step.name, "xs": list(step.inputs), "y": step.y}
    if isinstance(step, Conv) and step.groups != 1:
        raise NotCarriedOver(f"{step.name}: convolutions in groups are not given to the other engine")
    if isinstance(step, MaxPool) and step.map_size(plan.values[step.x]) != plan.values[step.y].shape[1:]:
        raise NotCarriedOver(f"{step.name}: windows over a map's edge are not given to the other engine")
    if isinstance(step, Conv | MaxPool | SumPool):
        record |= {"kernel": step.kernel, "stride": step.stride, "padding": step.padding}
    return record


def _tensors(step: Conv, weights: Mapping[str, NDArray[np.generic]], before: int, behind: int) -> dict[str, Floats]:
    weight = weights[f"{step.name}.weight"].astype(np.float64) / 2.0 ** (behind - before)
    bias = weights[f"{step.name}.bias"].astype(np.int64)
    signed = np.where(bias >= 1 << (step.ring_bits - 1), bias - (1 << step.ring_bits), bias)
    return {
        f"{step.name}.weight": np.ascontiguousarray(weight.transpose(2, 3, 1, 0), np.float32),
        f"{step.name}.bias": (signed / 2.0**behind).astype(np.float32),
    }
