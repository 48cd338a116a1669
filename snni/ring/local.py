"""Steps of a plan that each party does to its own components, without a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from snni.model.steps import Add, Concat, Flatten, Step, SumPool
from snni.ring.arithmetic import add, concat, sum_pool
from snni.wire.packing import U32

Kind = TypeVar("Kind", bound=Step)


@dataclass(frozen=True)
class LocalOperation(Generic[Kind]):
    """A kind of step as arithmetic on components. evaluate: (step, ring bits of its output, its inputs)."""

    step: type[Kind]
    evaluate: Callable[[Kind, int, Sequence[U32]], U32]


ADD = LocalOperation(Add, lambda step, bits, xs: add(xs, step.shifts(), bits))
CONCAT = LocalOperation(Concat, lambda step, bits, xs: concat(xs, step.shifts(), bits))
SUMPOOL = LocalOperation(SumPool, lambda step, bits, xs: sum_pool(xs[0], step.kernel, step.stride, step.padding, bits))
FLATTEN = LocalOperation(Flatten, lambda step, bits, xs: xs[0].reshape(-1, 1, 1))

LOCAL: dict[type[Step], LocalOperation[Any]] = {one.step: one for one in (ADD, CONCAT, SUMPOOL, FLATTEN)}
"""Every kind of step that is local."""
