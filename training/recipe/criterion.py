"""A stage's loss, and what the network makes of the validation part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.loss import classes as losses
from training.recipe.feeds import Examples
from training.recipe.schema import Stage

Criterion = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class ValidationMeasures:
    """Mean loss; part of the crops with their true class, 0..1; mean absolute error in levels, None of classes that
    have no order."""

    loss: float
    accuracy: float
    mae: float | None

    def __str__(self) -> str:
        mae = "" if self.mae is None else f", MAE {self.mae:.3f}"
        return f"{self.loss:.4f}, accuracy {self.accuracy:.3f}{mae}"


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


def measure(module: nn.Module, batches: Iterator[Examples], criterion: Criterion, ordered: bool) -> ValidationMeasures:
    """Of the validation part; leaves the module in evaluation mode."""
    module.eval()
    count, loss, right, off = 0, 0.0, 0, 0
    with torch.inference_mode():
        for batch in batches:
            scores, true = module(batch.inputs), batch.classes
            said = scores.argmax(1)
            loss += float(criterion(scores, true)) * len(batch)
            right += int((said == true).sum())
            off += int((said - true).abs().sum())
            count += len(batch)
    return ValidationMeasures(loss / count, right / count, off / count if ordered else None)
