"""What the network learns from, and the task that the engine's loop runs.

On photographs: the teachers' answers, mixed with the start's own. On drawn faces: the start's own alone. So what the
photographs do not ask for stays as it was, and so do most weights: the last layers of features and the one that reads
them learn, no others. The epoch that is kept is the best on photographs held back, the start itself among them.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from faces.image import Picture
from training.adapt.teachers import Pseudo
from training.data.augment import Augmentation
from training.data.dataset import shrink, vary
from training.data.inputs import Images, fitted
from training.data.pictures import Levels, Pictures
from training.engine.task import EarlyStop, Task, Validation
from training.errors import OptionError
from training.networks.registry import NETWORKS
from training.runs.start import Start
from training.tuning.schedule import Schedule

CHANGED = Augmentation(rotation_deg=8, colour=0.3, occlusion=0.15, occlusion_area=0.1, blur=0.25, low_light=0.2)
"""Of a photograph while the network learns: what the same camera sees at another hour."""
DRAWN = 8
"""Drawn faces in a batch, beside the photographs."""
PATIENCE = 3
COPIES = 3
"""Changed copies of a photograph that is held back, beside it: what is learnt is to answer alike on all of them."""
LEARNING: Mapping[str, tuple[str, ...]] = {
    "expression_net": ("dense3.", "fc."),
    "expression_two_readers": ("dense3.", "first."),
    "expression_three_readers": ("dense3.", "first."),
    "expression_narrow_readers": ("dense3.", "first."),
}
"""What of a network learns; of others the last two blocks. Of the two readers: the one that reads photographs."""


@dataclass(frozen=True)
class Batch:
    """photographs, drawn: uint8 [., S, S, 3]. wanted: probabilities, float32 [n, L], of photographs."""

    photographs: Images
    wanted: Tensor
    drawn: Images

    def __len__(self) -> int:
        return len(self.wanted)


@dataclass(frozen=True)
class Lessons:
    """Photographs to learn from and those held back, with the teachers' answers; drawn faces; the anchor, 0..1."""

    photographs: Pictures
    pseudo: Pseudo
    watched: Pictures
    watched_pseudo: Pseudo
    drawn: Pictures
    anchor: float

    def __post_init__(self) -> None:
        if not 0 <= self.anchor <= 1:
            raise OptionError(f"--anchor must be 0..1, got {self.anchor:g}")

    def wanted(self, pseudo: Pseudo) -> Tensor:
        """Of each photograph, float32 [n, L]: the teachers' probabilities, and the start's as the anchor says."""
        return (1 - self.anchor) * pseudo.wanted + self.anchor * pseudo.start.softmax(1)


def frozen_copy(start: Start) -> nn.Module:
    """A copy of the start's network of which only what learns has gradients, for training."""
    network = copy.deepcopy(start.network)
    learning = learning_of(start.kind, [name for name, _ in network.named_parameters()])
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(learning))
    return network.eval()


def learning_of(kind: str, names: list[str]) -> tuple[str, ...]:
    """Prefixes of what learns in a network of the registry."""
    blocks = LEARNING.get(kind, NETWORKS[kind].blocks[-2:])
    return tuple(block for block in blocks if any(name.startswith(block) for name in names))


def changed(crop: Picture, rng: np.random.Generator) -> Picture:
    """As the same camera may see it another time: uint8 [S, S, 3]."""
    return CHANGED(shrink(vary(crop, rng), crop.shape[0]), rng)


def task_of(lessons: Lessons, start: Start, schedule: Schedule) -> Task[Batch]:
    """For the engine's loop. Its loss: the divergence of the network's answers from those wanted, in nats."""
    usable = np.flatnonzero(lessons.pseudo.agreed)
    wanted = lessons.wanted(lessons.pseudo)
    watched = np.flatnonzero(lessons.watched_pseudo.agreed)
    watched_wanted = lessons.wanted(lessons.watched_pseudo)

    def batches(epoch: int) -> Iterator[Batch]:
        rng = np.random.default_rng([schedule.seed, epoch])
        order: Levels = rng.permutation(usable)
        for first in range(0, len(order), schedule.batch):
            chosen = order[first : first + schedule.batch]
            drawn = rng.integers(0, len(lessons.drawn.levels), DRAWN)
            yield Batch(np.stack([changed(lessons.photographs.crop(int(one)), rng) for one in chosen]),
                        wanted[torch.from_numpy(chosen)],
                        np.stack([changed(lessons.drawn.crop(int(one)), rng) for one in drawn]))  # fmt: skip

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        photographs, drawn = _input(batch.photographs, start), _input(batch.drawn, start)
        with torch.no_grad():
            held = start.network(drawn).softmax(1)
        found = network(torch.cat([photographs, drawn]))
        anchored = divergence(found[len(batch) :], held) * len(held) / schedule.batch
        return divergence(found[: len(batch)], batch.wanted) + lessons.anchor * anchored

    def validate(network: nn.Module, epoch: int) -> Validation:
        found = watched_loss(network, lessons.watched, watched, watched_wanted, start, schedule.seed)
        return Validation({"loss": found}, f"loss {found:.4f}")

    return Task("epoch", schedule.epochs, len(usable), batches, loss, validate, schedule.adjust,
                lambda epoch: schedule.seed * 1000 + epoch, clip=1.0, mode=lambda network: None,
                stop=EarlyStop(PATIENCE, "loss"), keep="loss")  # fmt: skip


def watched_loss(
    network: nn.Module, pictures: Pictures, indices: Levels, wanted: Tensor, start: Start, seed: int
) -> float:
    """The divergence on crops and on changed copies of them, the same ones for a seed: a mean; 0 of none."""
    total = 0.0
    with torch.inference_mode():
        for index in indices:
            crop, rng = pictures.crop(int(index)), np.random.default_rng([seed, int(index), 1])
            several = np.stack([crop, *(changed(crop, rng) for _ in range(COPIES))])
            scores = network(_input(several, start))
            total += float(divergence(scores, wanted[int(index)].expand(len(several), -1)))
    return total / max(1, len(indices))


def divergence(scores: Tensor, wanted: Tensor) -> Tensor:
    """KL(wanted || softmax(scores)), float [], the mean over n. wanted: probabilities [n, L]."""
    return functional.kl_div(functional.log_softmax(scores, 1), wanted, reduction="batchmean")


def _input(crops: Images, start: Start) -> Tensor:
    return torch.from_numpy(np.stack(fitted(crops, start.shape))).float() / 255
