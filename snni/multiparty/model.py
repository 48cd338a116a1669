"""A network as three servers hold it: weights masked once, by seeds; and an image likewise.

x = c_1 + c_2 + s mod 2^k. Each half c_i comes of a seed; the dealer has both seeds, evaluator i its own, both have s.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from snni.model.bundle import Bundle
from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.multiparty.conv import DealerConv, EvaluatorConv
from snni.multiparty.product import RingWeights
from snni.multiparty.roles import Role
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from snni.ring.random import uniform_from
from snni.wire.packing import U32

Shape = tuple[int, int, int]
Seeds = tuple[bytes, bytes]
"""Of the first and of the second evaluator's halves; 16 bytes each."""


def fresh_seeds() -> Seeds:
    return os.urandom(16), os.urandom(16)


@dataclass(frozen=True)
class DealerModel:
    """plan, and the dealer's part of each convolution by step name; of a video's selection, where it has one."""

    plan: Plan
    convolutions: Mapping[str, DealerConv]
    selection: DealerConv | None = None


@dataclass(frozen=True)
class EvaluatorModel:
    """plan, and this evaluator's part of each convolution by step name."""

    plan: Plan
    role: Role
    convolutions: Mapping[str, EvaluatorConv]
    selection: EvaluatorConv | None = None


@dataclass(frozen=True)
class EvaluatorShare:
    """What the model provider gives one evaluator: a seed, and for every convolution ``<name>.weight`` (s, uint32 as
    the weight's shape) and ``<name>.bias`` (its share, uint32 [M])."""

    seed: bytes
    tensors: Mapping[str, U32]


def share_model(bundle: Bundle) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    """(the dealer's seeds, the first evaluator's share, the second's). No two of the three give the weights away but by
    colluding, and none alone."""
    tensors = {name: tensor.astype(np.int64).astype(np.uint32) for name, tensor in bundle.weights.items()}
    return _share(_convolutions(bundle.plan), tensors)


def _share(steps: Sequence[Conv], tensors: Mapping[str, U32]) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    seeds = fresh_seeds()
    first: dict[str, U32] = {}
    second: dict[str, U32] = {}
    for stream, step in enumerate(steps):
        weight, bias = tensors[f"{step.name}.weight"], tensors[f"{step.name}.bias"]
        halves = [uniform_from(seed, 2 * stream, weight.shape, step.ring_bits) for seed in seeds]
        masked = reduce(weight - halves[0] - halves[1], step.ring_bits)
        kept = uniform_from(seeds[0], 2 * stream + 1, bias.shape, step.ring_bits)
        first |= {f"{step.name}.weight": masked, f"{step.name}.bias": kept}
        second |= {f"{step.name}.weight": masked, f"{step.name}.bias": reduce(bias - kept, step.ring_bits)}
    return seeds, EvaluatorShare(seeds[0], first), EvaluatorShare(seeds[1], second)


def evaluator_shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Shapes of an evaluator's tensors by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for step in _convolutions(plan):
        weight = step.weight_shape(plan.values[step.x].shape)
        shapes |= {f"{step.name}.weight": weight, f"{step.name}.bias": weight[:1]}
    return shapes


def dealer_model(plan: Plan, seeds: Seeds) -> DealerModel:
    convolutions = {}
    for stream, step in enumerate(_convolutions(plan)):
        convolutions[step.name] = _dealer_part(step, step.weight_shape(plan.values[step.x].shape), stream, seeds)
    return DealerModel(plan, convolutions)


def _dealer_part(step: Conv, shape: tuple[int, ...], stream: int, seeds: Seeds) -> DealerConv:
    first, second = (uniform_from(seed, 2 * stream, shape, step.ring_bits) for seed in seeds)
    return DealerConv(step, RingWeights.of(step, reduce(first + second, step.ring_bits)), shape[1] * step.groups)


def evaluator_model(plan: Plan, role: Role, share: EvaluatorShare) -> EvaluatorModel:
    convolutions = {}
    for stream, step in enumerate(_convolutions(plan)):
        convolutions[step.name] = _evaluator_part(step, plan.values[step.y].shape, stream, role, share)
    return EvaluatorModel(plan, role, convolutions)


def _evaluator_part(step: Conv, shape: Shape, stream: int, role: Role, share: EvaluatorShare) -> EvaluatorConv:
    masked = share.tensors[f"{step.name}.weight"]
    half = uniform_from(share.seed, 2 * stream, masked.shape, step.ring_bits)
    online = reduce(masked + half, step.ring_bits) if role is Role.FIRST else half
    parts = RingWeights.of(step, masked), RingWeights.of(step, online)
    return EvaluatorConv(step, shape, *parts, share.tensors[f"{step.name}.bias"], masked.shape[1] * step.groups)


def share_selection(shape: VideoShape, rows: NDArray[np.int8]) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    """As ``share_model``, of one-hot rows int8 [n, N]. Who selects gives each server its part."""
    weight = rows.astype(np.uint32).reshape(*rows.shape, 1, 1)
    return _share([shape.selection], {"selection.weight": weight, "selection.bias": np.zeros(len(rows), np.uint32)})


def dealer_selection(shape: VideoShape, seeds: Seeds) -> DealerConv:
    return _dealer_part(shape.selection, (shape.selected, shape.frames, 1, 1), 0, seeds)


def evaluator_selection(shape: VideoShape, role: Role, share: EvaluatorShare) -> EvaluatorConv:
    return _evaluator_part(shape.selection, (shape.selected, 1, shape.pixels), 0, role, share)


def mask_images(plan: Plan, images: NDArray[np.uint8], seeds: Seeds) -> U32:
    """s of images uint8 [N, C, H, W], uint32 of that shape: what both evaluators are sent."""
    return reduce(images.astype(np.uint32) - image_masks(plan, seeds, len(images)), plan.input_bits)


def image_masks(plan: Plan, seeds: Seeds, images: int) -> U32:
    """c of the images, uint32 [N, C, H, W]: what the dealer and who asked can draw."""
    first, second = (image_half(plan, seed, images) for seed in seeds)
    return reduce(first + second, plan.input_bits)


def image_half(plan: Plan, seed: bytes, images: int) -> U32:
    """One evaluator's half of the images' masks, uint32 [N, C, H, W]. A seed serves one batch of images."""
    return uniform_from(seed, 0, (images, *plan.input_shape), plan.input_bits)


def _convolutions(plan: Plan) -> list[Conv]:
    return [step for step in plan.steps if isinstance(step, Conv)]
