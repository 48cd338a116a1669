"""Pseudo-labels: how likely teachers find each level of a photograph that nobody has labelled.

A teacher is a network of four levels; the network that is adapted is one, looking at each photograph from several sides
(mirrored, moved, lit otherwise), which steadies its answer. What the teachers say is averaged as probabilities (B.
Lakshminarayanan et al., "Simple and scalable predictive uncertainty estimation using deep ensembles", arXiv
1612.01474). Where views or teachers lie two levels apart, nobody knows, and the photograph teaches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.data.dataset import relight, shrink, vary
from training.data.inputs import Images, fitted
from training.data.pictures import Levels, Pictures
from training.data.recut import recut
from training.runs.start import Start

VIEWS = 6
REACH_PX = 4
APART = 2
"""Levels between two views that make a photograph doubtful."""
Report = Callable[[int], None]


@dataclass(frozen=True)
class Pseudo:
    """Of n photographs.

    Attributes:
        wanted: the teachers' probabilities, float32 [n, L]. start: the start's scores on plain crops, likewise.
        agreed: bool [n], whether no two views lie APART levels or more from each other.
        steady: bool [n], whether the start gives all of its views one level.
    """

    wanted: Tensor
    start: Tensor
    agreed: NDArray[np.bool_]
    steady: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.agreed)

    @property
    def level(self) -> NDArray[np.float64]:
        """The mean level under the teachers' probabilities, float64 [n]."""
        return expected(self.wanted)


def pseudo_labels(pictures: Pictures, start: Start, teachers: Sequence[Start], seed: int, report: Report) -> Pseudo:
    """What the start and further teachers say of every crop. pictures: of the start's format."""
    rows: list[Tensor] = []
    plain: list[Tensor] = []
    agreed, steady = [], []
    for index in range(len(pictures.levels)):
        crop = pictures.crop(index)
        seen = views_of(crop, np.random.default_rng([seed, index]))
        answers = [scores_of(teacher, _recut(seen, start, teacher)) for teacher in (start, *teachers)]
        levels = np.concatenate([one.argmax(1).numpy() for one in answers])
        agreed.append(int(levels.max() - levels.min()) < APART)
        steady.append(len(set(levels[: len(seen)].tolist())) == 1)
        rows.append(torch.stack([one.softmax(1).mean(0) for one in answers]).mean(0))
        plain.append(scores_of(start, crop[None])[0])
        report(index + 1)
    return Pseudo(torch.stack(rows), torch.stack(plain), np.array(agreed), np.array(steady))


def views_of(crop: NDArray[np.uint8], rng: np.random.Generator, count: int = VIEWS) -> Images:
    """The crop as it is and count - 1 others: uint8 [count, S, S, 3]."""
    side = crop.shape[0]
    moved = [crop, *(shrink(vary(crop, rng, REACH_PX), side) for _ in range(count - 1))]
    lit = relight(torch.from_numpy(np.stack(moved[1:])).permute(0, 3, 1, 2).float() / 255, rng)
    others = (lit * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    return np.concatenate([crop[None], others])


def scores_of(network: Start, images: Images) -> Tensor:
    """Of crops uint8 [n, S, S, 3] as the network takes them: float32 [n, L]."""
    with torch.inference_mode():
        pixels = np.stack(fitted(images, network.shape))
        return network.network(torch.from_numpy(pixels).float() / 255).clone()


def expected(probabilities: Tensor) -> NDArray[np.float64]:
    """The mean level, float64 [n]."""
    return np.asarray(probabilities.double().numpy() @ np.arange(probabilities.shape[1], dtype=np.float64))


def levels_of(scores: Tensor) -> Levels:
    """int64 [n]."""
    return np.asarray(scores.argmax(1).numpy(), np.int64)


def _recut(images: Images, start: Start, teacher: Start) -> Images:
    return images if teacher.crop == start.crop else np.stack([recut(one, start.crop, teacher.crop) for one in images])
