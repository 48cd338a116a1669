"""One pass over a feed, and what the network makes of the validation part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training import losses
from training.recipe.feeds import Batch
from training.recipe.schema import Stage

Criterion = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Measured:
    """Mean loss; part of the crops with their true class, 0..1; mean absolute error in levels, None of classes that
    have no order."""

    loss: float
    accuracy: float
    mae: float | None


def criterion_for(stage: Stage, levels: Tensor, classes: int) -> Criterion:
    """The stage's loss of scores [n, K] and classes int64 [n]. levels: those of training, for weights."""
    loss = stage.loss
    weights = losses.class_weights(levels, classes)

    def of(scores: Tensor, true: Tensor) -> Tensor:
        logs = losses.log_probabilities(scores, stage.output)
        if loss.name == "focal":
            return losses.focal(logs, true, loss.gamma)
        if loss.name == "ordinal_categorical":
            return losses.ordinal_categorical(logs, true)
        if loss.name == "mae":
            return losses.mean_absolute(logs, true)
        if loss.name == "label_distribution":
            return losses.label_distribution(logs, true, loss.sigma)
        chosen = weights.to(scores.device) if loss.name == "weighted" else None
        return losses.cross_entropy(logs, true, chosen, loss.smoothing)

    return of


def learn(
    module: nn.Module,
    batches: Iterator[Batch],
    criterion: Criterion,
    optimiser: torch.optim.Optimizer,
    clip: float | None,
    report: Callable[[int], None],
) -> float:
    """One pass; returns the mean loss. report(examples done) is called after each step."""
    done, total = 0, 0.0
    learning = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for inputs, true in batches:
        if len(true) < 2 and done:
            continue  # batch norm over one example is no statistics
        loss = criterion(module(inputs), true)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_(learning, clip)
        optimiser.step()
        done += len(true)
        total += loss.item() * len(true)
        report(done)
    return total / max(done, 1)


@torch.inference_mode()
def measure(module: nn.Module, batches: Iterator[Batch], criterion: Criterion, ordered: bool) -> Measured:
    """Of the validation part; leaves the module in evaluation mode."""
    module.eval()
    count, loss, right, off = 0, 0.0, 0, 0
    for inputs, true in batches:
        scores = module(inputs)
        said = scores.argmax(1)
        loss += float(criterion(scores, true)) * len(true)
        right += int((said == true).sum())
        off += int((said - true).abs().sum())
        count += len(true)
    return Measured(loss / count, right / count, off / count if ordered else None)
