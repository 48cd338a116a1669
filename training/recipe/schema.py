"""What a recipe's YAML may say. Every field is checked when it is read; a field that is not here is an error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from training.backbones import NAMES
from training.data.augment import Augmentation
from training.datasets.labels import SCHEMES
from training.engine.task import Keep, Measure
from training.networks.registry import NETWORKS

Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
LossName = Literal["cross_entropy", "weighted", "focal", "ordinal_categorical", "mae", "label_distribution"]
ORDINAL: tuple[LossName, ...] = ("ordinal_categorical", "mae", "label_distribution")
"""Losses that are about distances between classes."""


class Part(BaseModel):
    """Base: frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Loss(Part):
    """name: as losses.py has them. gamma: of focal. sigma: of label_distribution, in classes. smoothing: of the target
    of cross_entropy and weighted."""

    name: LossName = "cross_entropy"
    gamma: float = Field(default=2.0, ge=0)
    sigma: float = Field(default=1.0, gt=0)
    smoothing: float = Field(default=0.0, ge=0, lt=1)


class Optimiser(Part):
    """rate: at the beginning. head_rate: of the head, where it differs. momentum, nesterov: of sgd. decay: of weights,
    as torch.optim's weight_decay. clip: the largest norm of a step's gradient; None: any."""

    name: Literal["sgd", "adam", "adamw"]
    rate: float = Field(gt=0)
    head_rate: float | None = Field(None, gt=0)
    momentum: float = Field(0.0, ge=0, lt=1)
    nesterov: bool = False
    decay: float = Field(0.0, ge=0)
    clip: float | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _momentum_is_of_sgd(self) -> Optimiser:
        if self.name != "sgd" and (self.momentum or self.nesterov):
            raise ValueError("momentum and nesterov are of sgd")
        if self.nesterov and not self.momentum:
            raise ValueError("nesterov needs a momentum")
        return self


class Stopping(Part):
    """End the stage after `patience` epochs in a row in which `by`, on the validation part, was never better."""

    patience: int = Field(ge=1)
    by: Measure = "loss"


class Stage(Part):
    """One training.

    Attributes:
        name: for checkpoints, logs and messages.
        data: the NAME of --data NAME=DIR.
        classes: the scheme that the folder must have been prepared for; None: any.
        features: train the head alone, on features of the frozen network that are computed once.
        trainable: prefixes of blocks that learn, "all", or "head". The others keep their weights, and their batch
            norms their statistics.
        keep: the epoch whose weights the stage ends with: the best on the validation part by this measure, or the last.
        balance: "sampling" draws crops so that each class comes equally often; "smote" adds features between features.
        augmentation: fields of training.data.augment.Augmentation; none: crops as they are.
        output: how scores become probabilities: softmax, or relu(x) / sum(relu(x)).
        folds: so many folds of subjects instead of the folder's own split.
    """

    name: Name
    data: Name
    classes: str | None = None
    features: bool = False
    trainable: Literal["all", "head"] | tuple[str, ...] = "all"
    loss: Loss = Loss()
    optimiser: Optimiser
    schedule: Literal["constant", "cosine"] = "constant"
    epochs: int = Field(ge=1)
    stop: Stopping | None = None
    keep: Keep = "last"
    batch: int = Field(ge=1)
    balance: Literal["none", "sampling", "smote"] = "none"
    augmentation: Mapping[str, float] | None = None
    output: Literal["softmax", "relu"] = "softmax"
    folds: int | None = Field(None, ge=3, le=100)

    @field_validator("classes")
    @classmethod
    def _classes_are_known(cls, name: str | None) -> str | None:
        if name is not None and name not in SCHEMES:
            raise ValueError(f"no classes {name}; there are {', '.join(SCHEMES)}")
        return name

    @field_validator("augmentation")
    @classmethod
    def _augmentation_is_one(cls, fields: Mapping[str, float] | None) -> Mapping[str, float] | None:
        unknown = sorted(set(fields or ()) - set(Augmentation.__dataclass_fields__))
        if unknown:
            raise ValueError(f"no such fields: {', '.join(unknown)}")
        Augmentation(**(fields or {}))
        return fields

    @model_validator(mode="after")
    def _features_are_of_frozen_networks(self) -> Stage:
        if self.features and (self.trainable != "head" or self.augmentation is not None):
            raise ValueError("features: needs trainable: head, and no augmentation: each crop is described once")
        if self.balance == "smote" and not self.features:
            raise ValueError("balance: smote needs features: true; pictures cannot be mixed")
        return self

    @property
    def change(self) -> Augmentation | None:
        """What is done to each crop while training."""
        return None if self.augmentation is None else Augmentation(**self.augmentation)


class Recipe(Part):
    """A network and its stages. seed: of drawn weights, shuffling, augmentation, dropout and SMOTE."""

    name: Name
    about: str = Field(min_length=1, max_length=120)
    network: str
    stages: tuple[Stage, ...] = Field(min_length=1)
    seed: int = Field(1, ge=0, lt=2**31)

    @model_validator(mode="after")
    def _stages_fit_the_network(self) -> Recipe:
        names = [stage.name for stage in self.stages]
        if len(set(names)) != len(names):
            raise ValueError("two stages have one name")
        if self.network not in NETWORKS and self.network not in NAMES:
            raise ValueError(f"no network {self.network}; there are {', '.join(sorted({*NETWORKS, *NAMES}))}")
        if self.network not in NETWORKS and not all(stage.features for stage in self.stages):
            raise ValueError(f"{self.network} only describes crops: its stages need features: true")
        if self.network in NETWORKS:
            for stage in self.stages:
                trainable_blocks(self.network, stage)
        return self

    @property
    def data(self) -> tuple[str, ...]:
        """Names that --data must give, in the order of the stages."""
        return tuple(dict.fromkeys(stage.data for stage in self.stages))


def trainable_blocks(network: str, stage: Stage) -> tuple[str, ...]:
    """Of the registry's network: the blocks that learn in a stage. Raises ValueError: a prefix has no block."""
    blocks = NETWORKS[network].blocks
    if stage.trainable == "all":
        return blocks
    if stage.trainable == "head":
        return blocks[-1:]
    for prefix in stage.trainable:
        if not any(block.startswith(prefix + ".") for block in blocks):
            raise ValueError(f"stage {stage.name}: {network} has no block {prefix}; there are {' '.join(blocks)}")
    return tuple(block for block in blocks if any(block.startswith(prefix + ".") for prefix in stage.trainable))
