"""What is registered of a kind of step that needs messages: once, at the end of its protocol's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from snni.model.plan import Plan
from snni.model.steps import Step
from snni.twoparty.nonlinear.compare import ComparisonProtocol
from snni.twoparty.nonlinear.step_protocol import ClientStep, OpeningClient, OpeningServer, ServerStep, StepShape

Tensors = Mapping[str, NDArray[np.generic]]
"""What a step has in the bundle, by the name after the step's own."""

Kind = TypeVar("Kind", bound=Step)
Shape = TypeVar("Shape", bound=StepShape)


@dataclass(frozen=True)
class InteractiveOperation(Generic[Kind, Shape]):
    """A kind of step as a protocol of two parties.

    shape: both parties' sizes, from the plan. client, server: a party of one inference; the server's gets the step's
    tensors. draws_output: whether the client draws its share of the output before anything else happens.
    """

    step: type[Kind]
    shape: Callable[[Kind, Plan, ComparisonProtocol], Shape]
    client: Callable[[Shape], ClientStep]
    server: Callable[[Shape, Tensors], ServerStep]
    draws_output: bool = False


@dataclass(frozen=True)
class OpeningOperation(Generic[Kind, Shape]):
    """The kind that ends a plan: its output is opened to the client."""

    step: type[Kind]
    shape: Callable[[Kind, Plan, ComparisonProtocol], Shape]
    client: Callable[[Shape], OpeningClient]
    server: Callable[[Shape, Tensors], OpeningServer]
