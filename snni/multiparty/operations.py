"""Every kind of step that three servers compute, and what it is among them: the one place that tells them apart.

A protocol is registered in its own file. Clip is not among them: DESIGN.md, section 7, says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Step
from snni.multiparty.argmax import ARGMAX
from snni.multiparty.conv import CONV
from snni.multiparty.maxpool import MAXPOOL
from snni.multiparty.operation import Operation
from snni.multiparty.registered import InteractiveOperation, LinearOperation, OpeningOperation
from snni.multiparty.relu import RELU
from snni.multiparty.rescale import RESCALE
from snni.ring.local import LOCAL, LocalOperation
from snni.wire.packing import U32

Registered = LinearOperation[Any] | LocalOperation[Any] | InteractiveOperation[Any] | OpeningOperation[Any]

_ALL: tuple[Registered, ...] = (CONV, *LOCAL.values(), RELU, RESCALE, MAXPOOL, ARGMAX)

OPERATIONS: dict[type[Step], Registered] = {operation.step: operation for operation in _ALL}


def operation_of(step: Step) -> Registered:
    """What the step is among three servers. Raises ParameterError: a kind that is not registered."""
    found = OPERATIONS.get(type(step))
    if found is None:
        raise ParameterError(f"step {step.name}: three servers have no protocol for {step.op}")
    return found


def check_supported(plan: Plan) -> None:
    """Raises ParameterError naming the first step that three servers cannot compute."""
    for step in plan.steps:
        operation_of(step)


def protocol(step: Step, plan: Plan, images: int) -> Operation | None:
    """The protocol of a step that opens something, for ``images`` together; None where it is local or linear."""
    found = operation_of(step)
    if isinstance(found, InteractiveOperation | OpeningOperation):
        made: Operation = found.of(step, plan, images)
        return made
    return None


def is_local(step: Step) -> bool:
    """Whether nothing is dealt and nothing sent for it."""
    return isinstance(operation_of(step), LocalOperation)


def draws_output(step: Step) -> bool:
    """Whether each evaluator draws its half of the output's mask."""
    found = operation_of(step)
    return isinstance(found, InteractiveOperation) and found.draws_output


def local(step: Step, plan: Plan, xs: Sequence[U32]) -> U32:
    """A local step on one component of every image's values, uint32 [N, C, H, W] each."""
    found = operation_of(step)
    if not isinstance(found, LocalOperation):
        raise ParameterError(f"step {step.name}: {step.op} is not local")
    bits = plan.values[step.y].ring_bits
    return np.stack([found.evaluate(step, bits, images) for images in zip(*xs, strict=True)])


def level_bits(plan: Plan) -> int:
    """Ring bits of the level's mask and masked value. Raises ParameterError: the plan does not end in an opening."""
    step = plan.steps[-1]
    found = operation_of(step)
    if not isinstance(found, OpeningOperation):
        raise ParameterError(f"the plan ends in {step.op}, whose output is not opened")
    return int(found.bits(step))
