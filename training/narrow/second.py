"""The reader of drawn faces taught once more, on what a narrower network shows it: to make out levels that are known.

Narrower features are near the wide ones, and not the same. What reads them was fitted to the wide ones; it learns on
from where it is, as in training/expression, in a small part of the time that the features took.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console

from training.data.inputs import Images
from training.data.pictures import Parts
from training.expression.joined import reader_of, with_reader, with_softness
from training.expression.levels import fitted_softness, thresholds_of
from training.expression.reader import Lessons, answers, second_reader
from training.expression.second import plain, seen_drawn
from training.expression.seen import look
from training.expression.views import face_views
from training.networks.narrow_readers import NarrowReaders
from training.networks.two_readers import BOUND
from training.tuning.schedule import Schedule

FACES = 1200
"""Views of photographed faces."""
ANCHOR = 0.1
"""Weight of what the others answer on photographs."""


def taught(
    network: NarrowReaders, parts: Parts, faces: Images, schedule: Schedule, checkpoint: Path, fresh: bool,
    console: Console,
) -> list[dict[str, Any]]:  # fmt: skip
    """Change the network's second reader, and how soft its levels' scores are. The history of the training.

    Raises:
        CheckpointError, DivergedError.
    """
    softness = 1 / float(network.levels.weight[1, 0])
    thresholds = thresholds_of(network.levels.bias.detach(), softness, -BOUND)
    console.print("looking at drawn faces and at photographs with the narrower network")
    drawn, levels, terms = seen_drawn(network, parts.train)
    views = face_views(faces, FACES, np.random.default_rng([schedule.seed, 0]))
    photographs = look(network, views, FACES)
    watched = look(network, plain(parts.validation), len(parts.validation.levels))
    lessons = Lessons(drawn, levels, terms, photographs, watched, parts.validation.levels)
    begin = reader_of(network, drawn, schedule.seed)
    state = second_reader(lessons, schedule, thresholds, ANCHOR, checkpoint, fresh, console, begin)
    with_reader(network, begin)
    with torch.inference_mode():
        found = answers(begin, watched)
    with_softness(network, thresholds, fitted_softness(found, torch.from_numpy(lessons.watched_levels), thresholds))
    return state.history
