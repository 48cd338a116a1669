"""A plan's steps in order, made by a Maker: the halves of every mask, and each step's shares.

The steps' own protocols are those of the passive setting; here is what is dealt for each, and under which mask.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Step
from snni.multiparty.argmax import ArgmaxOperation, pairs_of
from snni.multiparty.maxpool import MaxPoolOperation
from snni.multiparty.operations import is_local, local, protocol
from snni.multiparty.prove.making import Maker
from snni.multiparty.prove.planes import Known
from snni.multiparty.proving_conv import Convolutions
from snni.multiparty.relu import ReluOperation
from snni.multiparty.rescale import RescaleOperation
from snni.ring.arithmetic import reduce
from snni.ring.pooling import Maxima
from snni.wire.packing import U32

INNER = 1 << 32
"""Stream numbers of masks within steps: above those of a plan's steps and of a video's selection."""
A_STEP = 1 << 20
"""More than are drawn within one step: a max-pool draws once for each place of a row and of a column of its window."""


def walk(
    plan: Plan, steps: Sequence[Step], convolutions: Convolutions, maker: Maker, images: int, halves: Known[U32]
) -> tuple[dict[str, Any], Known[U32]]:
    """halves: of the images' masks, uint32 [N, C, H, W]. Returns shares by step, and halves of the last value's
    mask. Raises ParameterError: a step that three active servers have no protocol for."""
    masks: dict[str, Known[U32]] = {plan.input: halves}
    shares: dict[str, Any] = {}
    for index, step in enumerate(plan.steps[: len(steps)]):
        xs = [masks[x] for x in step.inputs]
        if is_local(step):
            masks[step.y] = {role: local(step, plan, [x[role] for x in xs]) for role in xs[0]}
            continue
        maker.begin()
        operation, spec = protocol(step, plan, images), plan.values[step.y]
        if isinstance(operation, MaxPoolOperation):
            shares[step.name], masks[step.y] = _pooled(operation, maker, xs[0], INNER + index * A_STEP)
        elif isinstance(operation, ArgmaxOperation):
            shares[step.name], masks[step.y] = made_argmax(operation, maker, xs[0], INNER + index * A_STEP)
        else:
            mask = maker.draw(index, (images, *spec.shape), spec.ring_bits)
            masks[step.y] = mask
            if isinstance(operation, ReluOperation):
                shares[step.name] = made_relu(operation, maker, xs[0], mask)
            elif isinstance(operation, RescaleOperation):
                shares[step.name] = maker.rescale(operation, _flat(xs[0]), _flat(mask))
            elif operation is None:
                shares[step.name] = maker.conv(convolutions[step.name], xs[0], mask)
            else:
                raise ParameterError(f"step {step.name}: three active servers have no protocol for {step.op}")
        maker.end()
    return shares, masks[steps[-1].y]


def made_relu(operation: ReluOperation, maker: Maker, c: Known[U32], mask: Known[U32]) -> Any:
    return maker.gate(operation.gate, operation.shift, _flat(c), _flat(mask))


def made_argmax(operation: ArgmaxOperation, maker: Maker, c: Known[U32], stream: int) -> tuple[list[Any], Known[U32]]:
    """As ArgmaxOperation.deal, of halves."""
    window, shares = operation.window, []
    values = {}
    for role, half in c.items():
        kept = reduce(half.reshape(operation.images, -1), window)
        values[role] = np.stack([kept, np.zeros_like(kept)])
    for at, gate in enumerate(operation.gates):
        split = {role: pairs_of(one) for role, one in values.items()}
        drawn = maker.draw(stream + at, next(iter(split.values()))[0].shape, window)
        compared = {role: reduce(a - b, window).reshape(-1) for role, (a, b, _) in split.items()}
        masks = {role: (drawn[role] - b).reshape(-1) for role, (_, b, _) in split.items()}
        shares.append(maker.gate(gate, 0, compared, masks))
        values = {role: np.concatenate([drawn[role], passing], axis=2) for role, (*_, passing) in split.items()}
    return shares, {role: one[1].reshape(-1, 1, 1, 1) for role, one in values.items()}


def _pooled(operation: MaxPoolOperation, maker: Maker, c: Known[U32], stream: int) -> tuple[list[Any], Known[U32]]:
    """As MaxPoolOperation.deal, of halves."""
    window, shares = operation.window, []
    kept = maker.truncated(_flat(c), operation.shift, window)
    lines = {role: Maxima(operation.pool, half.reshape(operation.pool.shape)) for role, half in kept.items()}
    for at, (gate, turn) in enumerate(zip(operation.gates, operation.pool.rounds, strict=True)):
        split = {role: one.operands(turn) for role, one in lines.items()}
        drawn = maker.draw(stream + at, next(iter(split.values()))[0].shape, window)
        compared = {role: reduce(a - b, window).reshape(-1) for role, (a, b) in split.items()}
        masks = {role: (drawn[role] - b).reshape(-1) for role, (_, b) in split.items()}
        shares.append(maker.gate(gate, 0, compared, masks))
        for role, one in lines.items():
            one.replace(turn, drawn[role])
    return shares, {role: operation.images_of(one.finish()) for role, one in lines.items()}


def _flat(halves: Known[U32]) -> Known[U32]:
    return {role: half.reshape(-1) for role, half in halves.items()}
