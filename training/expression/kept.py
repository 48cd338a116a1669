"""The second reader, the switch and the levels of a network made before, in one made anew of the packages.

What reads drawn faces takes people drawn and hours; what reads photographs comes out of packages. So the one can stay
to the bit while the other changes.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from training.errors import OptionError
from training.expression.joined import first_alone
from training.expression.levels import scores_of
from training.networks.two_readers import BOUND, TwoReaders
from training.runs.start import Start

FEATURES = "dense"
"""Of the first reader's blocks: what the second reader and the switch look at."""
KEPT = ("cells.", "low_doubt.", "middle_doubt.", "switch.", "second.", "gate.", "levels.")
NEAR = 1e-4
"""Of levels' scores of up to 400 in float32, which the softness that is read off them errs in by some 2^-23 of each."""


def kept_readers(package: Mapping[str, Tensor], start: Start, thresholds: tuple[float, ...]) -> TwoReaders:
    """The first reader of the package's state dict; all else as the start, of two readers or three, has it.

    Raises:
        OptionError: the start has no second reader, or one of other features or other thresholds.
    """
    found = start.network
    if not isinstance(found, TwoReaders):
        raise OptionError(f"--start {start.name}: {start.kind} has no second reader to keep")
    network = first_alone(package, thresholds)
    theirs, ours = found.state_dict(), network.state_dict()
    if not all(
        name in theirs and torch.equal(theirs[name], value) for name, value in ours.items() if name.startswith(FEATURES)
    ):
        raise OptionError(f"--start {start.name}: its second reader looks at other features than --package's")
    softness = 1 / float(theirs["levels.weight"][1, 0])
    wanted = scores_of(torch.tensor([-BOUND]), thresholds, softness)[0]
    if not torch.allclose(theirs["levels.bias"], wanted, rtol=NEAR, atol=NEAR):
        raise OptionError(f"--start {start.name}: its levels have other --thresholds")
    network.load_state_dict({name: value for name, value in theirs.items() if name.startswith(KEPT)}, strict=False)
    return network
