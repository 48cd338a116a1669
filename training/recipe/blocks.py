"""Which part of a network learns in a stage: its parameters, and whether its batch norms follow the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import nn

from training.networks.registry import NETWORKS, Network
from training.recipe.schema import Optimiser, Recipe, Stage, trainable_blocks


def blocks_of(recipe: Recipe, stage: Stage, entry: Network) -> tuple[str, ...]:
    """The blocks that learn in a stage."""
    return trainable_blocks(recipe.network, stage) if recipe.network in NETWORKS else entry.blocks[-1:]


def touched(recipe: Recipe, entry: Network, until: int) -> tuple[str, ...]:
    """The blocks that learn in any of the first `until` stages, and the head, which each stage may draw anew."""
    learned = {block for stage in recipe.stages[:until] for block in blocks_of(recipe, stage, entry)}
    return tuple(block for block in entry.blocks if block in learned or block == entry.blocks[-1])


def prepare(network: nn.Module, trainable: Sequence[str]) -> None:
    """Training mode and no gradient yet for what learns; the rest keeps its weights, and its batch norms their
    statistics."""
    network.train()
    for name, module in network.named_modules():
        if name and not _within(f"{name}.", trainable) and _has_weights(module):
            module.eval()
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(_within(name, trainable))
        parameter.grad = None


def optimiser_for(network: nn.Module, settings: Optimiser, head: str) -> torch.optim.Optimizer:
    """For the parameters that learn; the head may have a rate of its own."""
    learning = [(name, parameter) for name, parameter in network.named_parameters() if parameter.requires_grad]
    body = [parameter for name, parameter in learning if not name.startswith(head)]
    tail = [parameter for name, parameter in learning if name.startswith(head)]
    groups = [
        {"params": parameters, "lr": rate, "initial": rate}
        for parameters, rate in ((body, settings.rate), (tail, settings.head_rate or settings.rate))
        if parameters
    ]
    if settings.name == "sgd":
        return torch.optim.SGD(
            groups, momentum=settings.momentum, nesterov=settings.nesterov, weight_decay=settings.decay
        )
    kind = torch.optim.Adam if settings.name == "adam" else torch.optim.AdamW
    return kind(groups, weight_decay=settings.decay)


def _within(name: str, blocks: Sequence[str]) -> bool:
    return any(name.startswith(block) for block in blocks)


def _has_weights(module: nn.Module) -> bool:
    """Whether a module's own mode matters to weights or statistics; dropout between blocks stays as training has it."""
    return any(True for _ in _own(module))


def _own(module: nn.Module) -> Iterator[torch.Tensor]:
    yield from module.parameters(recurse=False)
    yield from module.buffers(recurse=False)
