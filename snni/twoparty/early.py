"""What stands before any convolution is done: values that the client draws, and what is made locally of them.

A plan comes from a peer: one step after the other and each once, so that neither a value read twice by each of many
steps nor a long chain of them costs more than its length.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.model.steps import Step
from snni.ring.local import LocalOperation
from snni.twoparty.linear.portions import convolutions
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.operations import operation_of

MAX_EARLY_ELEMENTS = 1 << 28
"""Elements that local steps make, over again for each convolution that reads what they lead to."""


def draws_output(step: Step) -> bool:
    """Whether the client draws its share of the step's output."""
    operation = operation_of(step)
    return isinstance(operation, InteractiveOperation) and operation.draws_output


def early_steps(makers: Mapping[str, Step], drawn: Container[str], name: str) -> list[Step]:
    """The steps that lead from drawn values to ``name``, in order, each once. makers: value's name -> its step.

    Raises ParameterError: one of them is none that the client can do by itself.
    """
    order: list[Step] = []
    made: set[str] = set()
    pending = [name]
    while pending:
        at = pending[-1]
        if at in drawn or at in made:
            pending.pop()
            continue
        step = makers[at]
        if not isinstance(operation_of(step), LocalOperation):
            raise ParameterError(f"{step.name}: a convolution's input must come from the image, a ReLU or a rescale")
        missing = [x for x in step.inputs if x not in drawn and x not in made]
        if missing:
            pending += missing
            continue
        order.append(step)
        made.add(at)
        pending.pop()
    return order


def check_early(plan: Plan) -> None:
    """Raises ParameterError: a convolution's input is not early, or all of them are too much work."""
    makers: dict[str, Step] = {step.y: step for step in plan.steps}
    drawn = {plan.input, *(step.y for step in plan.steps if draws_output(step))}
    work = 0
    for conv in convolutions(plan):
        work += sum(plan.values[step.y].elements for step in early_steps(makers, drawn, conv.x))
        if work > MAX_EARLY_ELEMENTS:
            raise ParameterError(f"more than {MAX_EARLY_ELEMENTS} elements in values before convolutions")
