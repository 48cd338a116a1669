"""Steps that each party does to its own shares, without a message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from snni.model.steps import Add, Concat, Flatten, Step, SumPool
from snni.twoparty import shares
from snni.twoparty.shares import U32

Kind = TypeVar("Kind", bound=Step)


@dataclass(frozen=True)
class LocalOperation(Generic[Kind]):
    """A kind of step as arithmetic on shares. evaluate: (step, ring bits of its output, its inputs' shares)."""

    step: type[Kind]
    evaluate: Callable[[Kind, int, Sequence[U32]], U32]


ADD = LocalOperation(Add, lambda step, bits, xs: shares.add(xs, step.shifts(), bits))
CONCAT = LocalOperation(Concat, lambda step, bits, xs: shares.concat(xs, step.shifts(), bits))
SUMPOOL = LocalOperation(
    SumPool, lambda step, bits, xs: shares.sum_pool(xs[0], step.kernel, step.stride, step.padding, bits)
)
FLATTEN = LocalOperation(Flatten, lambda step, bits, xs: xs[0].reshape(-1, 1, 1))
