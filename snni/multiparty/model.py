"""A network as three servers hold it: weights masked once, by seeds; and an image likewise.

x = c_1 + c_2 + s mod 2^k. Each half c_i comes of a seed; the dealer has both seeds, evaluator i its own, both have s.
With four servers the witness has both seeds too; the dealer has S + U of every weight's S, the witness U's seed. With
three active ones the evaluators have that seed.
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
from snni.multiparty.keys import KEY_BYTES
from snni.multiparty.proving_conv import Convolutions
from snni.multiparty.ring_convolution import RingWeights
from snni.multiparty.roles import Role, Setting
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
    """plan, and the dealer's or the witness's part of each convolution by step name; of a video's selection, where it
    has one; of three active servers what it proves by."""

    plan: Plan
    convolutions: Mapping[str, DealerConv]
    selection: DealerConv | None = None
    role: Role = Role.DEALER
    setting: Setting = Setting.THREE_PASSIVE
    proving: Convolutions | None = None


@dataclass(frozen=True)
class EvaluatorModel:
    """plan, and this evaluator's part of each convolution by step name."""

    plan: Plan
    role: Role
    convolutions: Mapping[str, EvaluatorConv]
    selection: EvaluatorConv | None = None
    setting: Setting = Setting.THREE_PASSIVE
    proving: Convolutions | None = None


@dataclass(frozen=True)
class EvaluatorShare:
    """What the model provider gives one evaluator: a seed, and for every convolution ``<name>.weight`` (s, uint32 as
    the weight's shape) and ``<name>.bias`` (its share, uint32 [M])."""

    seed: bytes
    tensors: Mapping[str, U32]


@dataclass(frozen=True)
class Aside:
    """What the model provider gives the dealer where evaluators are checked, S + U of every weight by step name, and
    the witness, or the evaluators of three, U's seed."""

    masked: Mapping[str, U32]
    seed: bytes


def share_model(bundle: Bundle) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    """(the dealer's seeds, the first evaluator's share, the second's). No two of the three give the weights away but by
    colluding, and none alone."""
    tensors = {name: tensor.astype(np.int64).astype(np.uint32) for name, tensor in bundle.weights.items()}
    return _share(_convolutions(bundle.plan), tensors)


def _share(steps: Sequence[Conv], tensors: Mapping[str, U32]) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    seeds = fresh_seeds()
    masked: dict[str, U32] = {}
    for stream, step in enumerate(steps):
        for at, part in enumerate(("weight", "bias")):
            tensor = tensors[f"{step.name}.{part}"]
            halves = [uniform_from(seed, 2 * stream + at, tensor.shape, step.ring_bits) for seed in seeds]
            masked[f"{step.name}.{part}"] = reduce(tensor - halves[0] - halves[1], step.ring_bits)
    return seeds, EvaluatorShare(seeds[0], masked), EvaluatorShare(seeds[1], masked)


def set_aside(steps: Sequence[Conv], share: EvaluatorShare) -> Aside:
    """For the fourth server, of what an evaluator has."""
    seed = os.urandom(KEY_BYTES)
    masked = {}
    for stream, step in enumerate(steps):
        weight = share.tensors[f"{step.name}.weight"]
        masked[step.name] = reduce(weight + uniform_from(seed, stream, weight.shape, step.ring_bits), step.ring_bits)
    return Aside(masked, seed)


def drawn_aside(steps: Sequence[tuple[Conv, tuple[int, ...]]], seed: bytes) -> dict[str, U32]:
    """U of every weight by step name, of steps and their weights' shapes: the witness's."""
    return {step.name: uniform_from(seed, stream, shape, step.ring_bits) for stream, (step, shape) in enumerate(steps)}


def evaluator_shapes(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Shapes of an evaluator's tensors by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for step in _convolutions(plan):
        weight = step.weight_shape(plan.values[step.x].shape)
        shapes |= {f"{step.name}.weight": weight, f"{step.name}.bias": weight[:1]}
    return shapes


def weight_shapes(plan: Plan) -> list[tuple[Conv, tuple[int, ...]]]:
    """The convolutions with their weights' shapes, in the plan's order."""
    return [(step, step.weight_shape(plan.values[step.x].shape)) for step in _convolutions(plan)]


def dealer_model(
    plan: Plan, seeds: Seeds, aside: Mapping[str, U32] | None = None, role: Role = Role.DEALER
) -> DealerModel:
    """aside: of four servers, S + U at the dealer, U at the witness."""
    convolutions = {}
    for stream, (step, shape) in enumerate(weight_shapes(plan)):
        convolutions[step.name] = _dealer_part(step, shape, stream, seeds, aside)
    return DealerModel(plan, convolutions, None, role)


def _dealer_part(
    step: Conv, shape: tuple[int, ...], stream: int, seeds: Seeds, aside: Mapping[str, U32] | None
) -> DealerConv:
    weight, bias = (_both(seeds, 2 * stream + at, size, step.ring_bits) for at, size in enumerate((shape, shape[:1])))
    beside = None if aside is None else RingWeights.of(step, aside[step.name])
    return DealerConv(step, RingWeights.of(step, weight), bias, shape[1] * step.groups, beside)


def _both(seeds: Seeds, stream: int, shape: tuple[int, ...], bits: int) -> U32:
    """c by its two halves."""
    first, second = (uniform_from(seed, stream, shape, bits) for seed in seeds)
    return reduce(first + second, bits)


def evaluator_model(plan: Plan, role: Role, share: EvaluatorShare) -> EvaluatorModel:
    convolutions = {}
    for stream, step in enumerate(_convolutions(plan)):
        convolutions[step.name] = _evaluator_part(step, plan.values[step.y].shape, stream, role, share)
    return EvaluatorModel(plan, role, convolutions)


def _evaluator_part(step: Conv, shape: Shape, stream: int, role: Role, share: EvaluatorShare) -> EvaluatorConv:
    masked, public = (share.tensors[f"{step.name}.{part}"] for part in ("weight", "bias"))
    half, bias = (
        uniform_from(share.seed, 2 * stream + at, part.shape, step.ring_bits)
        for at, part in enumerate((masked, public))
    )
    online = half
    if role is Role.FIRST:
        online, bias = reduce(masked + half, step.ring_bits), reduce(public + bias, step.ring_bits)
    parts = RingWeights.of(step, masked), RingWeights.of(step, online)
    return EvaluatorConv(step, role, shape, *parts, bias, public, masked.shape[1] * step.groups)


def share_selection(shape: VideoShape, rows: NDArray[np.int8]) -> tuple[Seeds, EvaluatorShare, EvaluatorShare]:
    """As ``share_model``, of one-hot rows int8 [n, N]. Who selects gives each server its part."""
    weight = rows.astype(np.uint32).reshape(*rows.shape, 1, 1)
    return _share([shape.selection], {"selection.weight": weight, "selection.bias": np.zeros(len(rows), np.uint32)})


def selection_shape(shape: VideoShape) -> tuple[Conv, tuple[int, ...]]:
    """The convolution that selects, with its weights' shape."""
    return shape.selection, (shape.selected, shape.frames, 1, 1)


def dealer_selection(shape: VideoShape, seeds: Seeds, aside: Mapping[str, U32] | None = None) -> DealerConv:
    return _dealer_part(*selection_shape(shape), 0, seeds, aside)


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
