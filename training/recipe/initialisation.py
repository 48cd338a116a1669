"""Where training begins: the recipe's network with drawn weights or a checkpoint's, and the head that a stage needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.backbones import Backbone, frozen
from training.backbones.backbone import NetworkBackbone
from training.backbones.frozen import IMAGENET_CLASSES
from training.engine.seeds import seed_of
from training.networks.imagenet import absorb_first
from training.networks.registry import NETWORKS, Network
from training.networks.state_dict import digest_of, load_body, read_state
from training.recipe.errors import StageError
from training.recipe.schema import Recipe

HEAD = "head."


@dataclass(frozen=True)
class Initialisation:
    """What every run of the same recipe, seed and weights begins with.

    Attributes:
        name: of the network.
        seed: of drawn weights.
        weights: a checkpoint, or None; sha256: its digest, or empty.
        describer: of a name that only describes crops; its head is all that is trained.
    """

    name: str
    seed: int
    weights: Path | None
    sha256: str
    describer: Backbone | None = None

    @classmethod
    def of(cls, recipe: Recipe, seed: int, weights: Path | None, device: torch.device) -> Initialisation:
        """Of a recipe.

        Raises:
            WeightsError, UnknownBackboneError: the file is missing, unreadable, or another network's.
            StageError: a stage wants features for a head that is no linear layer.
        """
        name = recipe.network
        describer = frozen(name, weights, str(device)) if name not in NETWORKS else None
        start = cls(name, seed, weights, digest_of(weights) if weights else "", describer)
        head = start.build(2)[0].get_submodule(start.entry.head)
        for stage in recipe.stages:
            if stage.features and not isinstance(head, nn.Linear):
                said = f"the head of {name} is no linear layer; train it without features"
                raise StageError(recipe.name, stage.name, said)
        return start

    @property
    def entry(self) -> Network:
        """Of the registry, or of a head alone."""
        if self.describer is None:
            return NETWORKS[self.name]
        width = self.describer.width
        return Network(lambda classes: Head(width, classes), (3, 224, 224), f"a head on {self.name}", (HEAD,))

    def build(self, classes: int) -> tuple[nn.Module, str]:
        """The network with a head of so many classes, and a line on what it begins with.

        Raises:
            WeightsError: the checkpoint is not this network's.
        """
        torch.manual_seed(seed_of(self.seed, 0))
        module = self.entry.factory(classes=classes)
        if self.weights is None or self.describer is not None:
            return module, f"{self.name} from drawn weights" if self.weights is None else f"a head on {self.name}"
        loaded = load_body(module, self.entry, self.weights)
        said = f"{self.name} from {self.weights.name}"
        if loaded.classes == IMAGENET_CLASSES and not self.entry.normalises:
            absorb_first(module)
            said += ", its normalisation moved inside"
        if loaded.classes == classes:
            head = {name: value for name, value in read_state(self.weights).items() if self._is_head(name)}
            module.load_state_dict(head, strict=False)
            return module, said + ", its head too"
        return module, said + f"; its head ({loaded.classes or 'no'} classes) is left, one of {classes} drawn"

    def with_head(self, module: nn.Module, classes: int, stage: int) -> nn.Module:
        """The same network with a drawn head of so many classes."""
        fresh = self._drawn(classes, stage)
        body = {name: value for name, value in module.state_dict().items() if not self._is_head(name)}
        fresh.load_state_dict(body, strict=False)
        return fresh.to(next(module.parameters()).device)

    def describe_with(self, module: nn.Module, device: torch.device) -> Backbone:
        """A describer of crops by this network as it is now."""
        if self.describer is not None:
            return self.describer
        body = {name: value for name, value in module.state_dict().items() if not self._is_head(name)}
        copy = self._drawn(2, 0)
        copy.load_state_dict(body, strict=False)
        return NetworkBackbone(self.name, self.entry, copy, digest_of_state(body), device, normalised=False)

    def _drawn(self, classes: int, stage: int) -> nn.Module:
        torch.manual_seed(seed_of(self.seed, stage))
        return self.entry.factory(classes=classes)

    def _is_head(self, name: str) -> bool:
        return name.startswith(self.entry.blocks[-1])


class Head(nn.Module):
    """float [n, width] -> scores float [n, classes]."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.head = nn.Linear(width, classes)

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return self.head(x)


def digest_of_state(state: dict[str, Tensor]) -> str:
    """SHA-256 of names and tensors, hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(state):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(state[name].detach().cpu().numpy()).tobytes())
    return digest.hexdigest()
