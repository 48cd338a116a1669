"""Soft targets: G. Hinton, O. Vinyals, J. Dean, "Distilling the knowledge in a neural network", arXiv 1503.02531.

Both networks' scores are divided by a temperature before softmax, which shows how near the teacher thinks levels are to
each other; the gradients shrink with its square, and the loss is multiplied by that (section 2).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.data.batch import Batch, Loss, Shape
from training.loss.classes import ordinal_loss

TEMPERATURE = 2.0
DISTANCE_WEIGHT = 0.5
"""Of levels that have an order, see losses."""


def soft_loss(scores: Tensor, wanted: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """temperature^2 KL(teacher's distribution || student's), float [], the mean over n.

    Args:
        scores: the student's, float [n, classes], before softmax. wanted: the teacher's.
        temperature: above 0; the higher, the more the small differences count.
    """
    if not temperature > 0 or scores.shape != wanted.shape:
        raise ValueError(f"scores {list(scores.shape)} and {list(wanted.shape)} at temperature {temperature}")
    student = functional.log_softmax(scores.float() / temperature, 1)
    teacher = functional.log_softmax(wanted.float() / temperature, 1)
    return functional.kl_div(student, teacher, reduction="batchmean", log_target=True) * temperature**2


def taught(teacher: nn.Module, shape: Shape, soft: float, temperature: float = TEMPERATURE) -> Loss:
    """(1 - soft) of the levels' loss and soft of the teacher's, which takes inputs of `shape`; soft in 0..1."""

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        scores = network(batch.x)
        hard = ordinal_loss(scores, torch.from_numpy(batch.levels), DISTANCE_WEIGHT if batch.ordered else 0.0)
        if soft == 0:
            return hard
        with torch.no_grad():
            wanted = teacher.eval()(batch.x if shape == batch.shape else batch.at(shape))
        return (1 - soft) * hard + soft * soft_loss(scores, wanted, temperature)

    return loss
