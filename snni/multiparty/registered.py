"""What is registered of a kind of step: once, at the end of its protocol's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.multiparty.operation import Operation

Kind = TypeVar("Kind", bound=Step)


@dataclass(frozen=True)
class InteractiveOperation(Generic[Kind]):
    """A kind of step that opens something. of: its protocol, from the plan and how many images go together.

    draws_output: whether each evaluator draws its half of the output's mask, which a convolution then reads.
    """

    step: type[Kind]
    of: Callable[[Kind, Plan, int], Operation]
    draws_output: bool = False


@dataclass(frozen=True)
class OpeningOperation(Generic[Kind]):
    """The kind that ends a plan: its output is opened to who asks. bits: of the ring that it is masked in."""

    step: type[Kind]
    of: Callable[[Kind, Plan, int], Operation]
    bits: Callable[[Kind], int]


@dataclass(frozen=True)
class LinearOperation(Generic[Kind]):
    """The kind whose weights are masked: a convolution (conv.py)."""

    step: type[Kind]
