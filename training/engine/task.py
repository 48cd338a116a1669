"""What is learnt: all that the loop needs to know of one training, and all that differs between one and another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

import torch
from torch import Tensor, nn

Measure = Literal["loss", "accuracy", "mae"]
Keep = Measure | Literal["last"]


class Sized(Protocol):
    """A batch: the loop asks only how many examples it has."""

    def __len__(self) -> int: ...


B = TypeVar("B", bound=Sized)


@dataclass(frozen=True)
class Validation:
    """What a network was measured at after an epoch. values: by name, JSON. words: the same, for a person."""

    values: Mapping[str, Any]
    words: str


@dataclass(frozen=True)
class Epoch:
    """One that is over. number: from 1. loss: the mean over its examples. seconds: with its validation."""

    number: int
    loss: float
    seconds: float
    validation: Validation


@dataclass(frozen=True)
class EarlyStop:
    """End after `patience` epochs in a row in which `by`, of the validation, was never better."""

    patience: int
    by: Measure


def plain_row(epoch: Epoch) -> dict[str, Any]:
    """A row of the history, where a task asks for no other."""
    return {"epoch": epoch.number, "loss": epoch.loss, **epoch.validation.values}


def plain_words(epoch: Epoch) -> str:
    """What a person reads after an epoch, where a task says no other."""
    told = f", validation {epoch.validation.words}" if epoch.validation.words else ""
    return f"loss {epoch.loss:.4f}{told}"


def train_mode(network: nn.Module) -> None:
    """All of the network learns."""
    network.train()


@dataclass(frozen=True)
class Task(Generic[B]):
    """One training, from its first epoch to its last.

    Attributes:
        name: for progress and messages.
        epochs: passes over the examples, at most.
        examples: of an epoch.
        batches: of an epoch counted from 0, in an order and with changes that depend on the epoch and a seed alone.
        loss: of the network in training on a batch, float [].
        validate: the network measured after an epoch counted from 0; may leave it in evaluation mode.
        adjust: sets the optimiser's rates before a step, when so many epochs (with a fraction) are done.
        seed: of torch's chance in an epoch counted from 0: dropout, rounding.
        clip: the largest norm of a step's gradient; None: any.
        mode: puts the network, or what of it learns, into training mode before an epoch.
        stop: when to end early; None: never.
        keep: the epoch whose weights the training ends with: the best by this measure, or the last.
        blocks: prefixes of the state-dict names that learn; kept are those alone.
        row: of the history, for an epoch. words: for a person.
    """

    name: str
    epochs: int
    examples: int
    batches: Callable[[int], Iterator[B]]
    loss: Callable[[nn.Module, B], Tensor]
    validate: Callable[[nn.Module, int], Validation]
    adjust: Callable[[torch.optim.Optimizer, float], None]
    seed: Callable[[int], int]
    clip: float | None = None
    mode: Callable[[nn.Module], None] = train_mode
    stop: EarlyStop | None = None
    keep: Keep = "last"
    blocks: tuple[str, ...] = ("",)
    row: Callable[[Epoch], dict[str, Any]] = plain_row
    words: Callable[[Epoch], str] = plain_words
