"""Narrower halves as a task of the engine: to make the same readings as the wide network does."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.stats import spearmanr
from torch import Tensor, nn

from training.data.inputs import Images
from training.engine.task import Task, Validation
from training.errors import OptionError
from training.narrow.pool import inputs
from training.narrow.readings import ANSWERED, Measure, Reading, reading_of
from training.networks.narrow_readers import NarrowReaders, narrow_readers
from training.networks.three_readers import ThreeReaders
from training.tuning.schedule import Schedule

NEW = ("lower.", "third.halved.", "third.quartered.")
"""What of a narrow network is new, by its names' beginnings."""
LEARNING = (*NEW, "dense2.", "dense3.", "cells.")
"""What learns: beside it whatever reads it, so that it need not be made to the last bit."""
SLOWER = 0.25
"""The rate of what only learns to read it, as a part of the rate."""
COARSE = 0.8
"""The part of the epochs that may be computed in bfloat16, whose errors are noise beside a rate that is still high."""
RISING = 0.3
"""The part of the epochs in which the weight of answers rises from 0: of maps made by chance they say nothing."""
MAPS = ("low", "middle", "high", "half", "quarter")


@dataclass(frozen=True)
class Batch:
    """x: float [n, 3, 224, 224] in [0, 1]. wanted: what the wide network makes of it."""

    x: Tensor
    wanted: Reading

    def __len__(self) -> int:
        return len(self.wanted)


@dataclass(frozen=True)
class Lessons:
    """pool: views to learn from. watched: crops held back. coarse: whether bfloat16 may be used (see COARSE).

    begin: whose halves learn on; None: they begin anew.
    """

    teacher: ThreeReaders
    pool: Images
    watched: Images
    coarse: bool = False
    begin: NarrowReaders | None = None


def narrowed(teacher: ThreeReaders, begin: NarrowReaders | None = None) -> NarrowReaders:
    """With the teacher's tensors wherever it has one of that name and shape; of what learns only, gradients.

    begin: whose tensors that which learns has to begin with.

    Raises:
        OptionError: the teacher is narrow already.
    """
    if isinstance(teacher, NarrowReaders):
        raise OptionError("--start is a narrow network already")
    network = narrow_readers(teacher.levels.out_features)
    state = teacher.state_dict()
    ours = network.state_dict()
    kept = {name: value for name, value in state.items() if name in ours and ours[name].shape == value.shape}
    network.load_state_dict({**ours, **kept})
    network.lower.begin(teacher.halve, teacher.dense0.conv0)
    if begin is not None:
        learnt = {name: value for name, value in begin.state_dict().items() if name.startswith(LEARNING)}
        network.load_state_dict({**network.state_dict(), **learnt})
    for name, parameter in network.named_parameters():
        parameter.requires_grad_(name.startswith(LEARNING))
    network.to(memory_format=torch.channels_last)
    return network


def optimiser_of(network: NarrowReaders, schedule: Schedule) -> torch.optim.Optimizer:
    """Of what learns: what is new at the schedule's rate, what reads it at SLOWER of that."""
    groups = []
    for new, rate in ((True, schedule.rate), (False, SLOWER * schedule.rate)):
        learning = [
            one for name, one in network.named_parameters() if one.requires_grad and name.startswith(NEW) == new
        ]
        groups.append({"params": learning, "lr": rate, "initial": rate})
    return torch.optim.AdamW(groups, lr=schedule.rate, weight_decay=schedule.decay)


def task_of(lessons: Lessons, schedule: Schedule) -> Task[Batch]:
    """For the engine's loop."""
    teacher = copy.deepcopy(lessons.teacher).eval().to(memory_format=torch.channels_last)
    with torch.no_grad():
        measure = Measure.of(reading_of(teacher, _plain(lessons.watched)))
    now = _Now(lessons.coarse, schedule.epochs)

    def batches(epoch: int) -> Iterator[Batch]:
        now.epoch = epoch
        rng = np.random.default_rng([schedule.seed, epoch + 1])
        order = rng.permutation(len(lessons.pool))
        for first in range(0, len(order), schedule.batch):
            x = inputs(lessons.pool, order[first : first + schedule.batch], rng)
            with torch.no_grad(), now.cast():
                wanted = reading_of(teacher, x)
            yield Batch(x, wanted)

    def loss(network: nn.Module, batch: Batch) -> Tensor:
        with now.cast():
            found = reading_of(_of_readers(network), batch.x)
        rising = 1.0 if lessons.begin is not None else min(1.0, now.epoch / (RISING * schedule.epochs))
        return measure.loss(found, batch.wanted, rising * ANSWERED)

    def validate(network: nn.Module, epoch: int) -> Validation:
        found = agreement(_of_readers(network), teacher, lessons.watched, measure)
        return Validation(found, ", ".join(f"{name} {value:.3f}" for name, value in found.items()))

    return Task("epoch", schedule.epochs, len(lessons.pool), batches, loss, validate, schedule.adjust,
                lambda epoch: schedule.seed * 1000 + epoch, clip=1.0, blocks=LEARNING)  # fmt: skip


def agreement(network: ThreeReaders, teacher: ThreeReaders, crops: Images, measure: Measure) -> dict[str, float]:
    """On crops uint8 [n, 224, 224, 3]: each map's errors (Measure), and of z_1 the rank correlation and the root mean
    square of the errors."""
    with torch.inference_mode():
        x = _plain(crops)
        found, wanted = reading_of(network, x), reading_of(teacher, x)
        errors = measure.errors(found, wanted)
    ours, theirs = found.answers[:, 0].numpy(), wanted.answers[:, 0].numpy()
    rank = float(spearmanr(ours, theirs)[0]) if len(crops) > 1 else 1.0
    off = float(np.sqrt(np.square(ours - theirs).mean()))
    return {**dict(zip(MAPS, errors.tolist(), strict=True)), "rank": rank, "off": off}


class _Now:
    """Which epoch it is: it says in what is computed, and how much answers weigh."""

    def __init__(self, coarse: bool, epochs: int) -> None:
        self.epoch, self._until = 0, COARSE * epochs if coarse else 0

    def cast(self) -> torch.autocast:
        return torch.autocast("cpu", torch.bfloat16, enabled=self.epoch < self._until)


def _of_readers(network: nn.Module) -> ThreeReaders:
    assert isinstance(network, ThreeReaders)
    return network


def _plain(crops: Images) -> Tensor:
    x = torch.from_numpy(np.ascontiguousarray(crops)).permute(0, 3, 1, 2).float() / 255
    return x.contiguous(memory_format=torch.channels_last)
