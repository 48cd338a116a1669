"""Every kind of step that a plan may have, and what it is between two parties: the one place that tells them apart.

An operation is written and registered in the file of its protocol; here is only the list. Three families: the linear
phase of a convolution is batched over frames (offline.py), local steps send nothing, interactive ones are protocols.
"""

from __future__ import annotations

from typing import Any

from snni.errors import ParameterError
from snni.model.steps import Step
from snni.ring.local import LOCAL, LocalOperation
from snni.twoparty.linear.operation import CONV, LinearOperation
from snni.twoparty.nonlinear.argmax import ARGMAX
from snni.twoparty.nonlinear.clip import CLIP
from snni.twoparty.nonlinear.maxpool import MAXPOOL
from snni.twoparty.nonlinear.operation import InteractiveOperation, OpeningOperation
from snni.twoparty.nonlinear.relu import RELU
from snni.twoparty.nonlinear.rescale import RESCALE

Operation = LinearOperation | LocalOperation[Any] | InteractiveOperation[Any, Any] | OpeningOperation[Any, Any]

_ALL: tuple[Operation, ...] = (CONV, *LOCAL.values(), RELU, CLIP, RESCALE, MAXPOOL, ARGMAX)

OPERATIONS: dict[type[Step], Operation] = {operation.step: operation for operation in _ALL}


def operation_of(step: Step) -> Operation:
    """What the step is between two parties. Raises ParameterError: a kind that is not registered."""
    operation = OPERATIONS.get(type(step))
    if operation is None:
        raise ParameterError(f"step {step.name}: two parties have no protocol for {step.op}")
    return operation
