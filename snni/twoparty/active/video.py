"""A video on authenticated bits: the client's frames, the server's selection and network, the label the client's.

PPVC (Pentyala, Dowsley, De Cock, ICML 2021), protocol 4. A selected frame is the XOR over all frames of (row's bit AND
pixel's bit). Nothing but the label is opened.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError, WireError
from snni.model.plan import Plan
from snni.model.video_label import LabelLaw
from snni.twoparty.active.label import label_of, most_label_ands
from snni.twoparty.active.network import PIXEL_BITS, ActiveNetwork, most_ands
from snni.twoparty.active.party import Party, Side
from snni.twoparty.active.places import taken
from snni.twoparty.active.shares import Shares, stacked
from snni.twoparty.active.words import numbers

MOST_VIDEO_ANDS = 1 << 26
"""Of one video."""
MOST_FRAMES = 1024


def law_of(plan: Plan, selected: int) -> LabelLaw:
    """Raises ParameterError: no label is made of so many frames' scores."""
    scores = plan.values[plan.scores]
    return LabelLaw(scores.ring_bits, scores.elements, selected)


def check_video(plan: Plan, frames: int, selected: int) -> None:
    """Raises ParameterError: a step is not computed here, or the video takes more ANDs than MOST_VIDEO_ANDS."""
    if not 1 <= frames <= MOST_FRAMES:
        raise ParameterError(f"{frames} frames; a video has 1 to {MOST_FRAMES}")
    selecting = selected * frames * PIXEL_BITS * math.prod(plan.input_shape)
    ands = selecting + selected * most_ands(plan) + most_label_ands(law_of(plan, selected))
    if ands > MOST_VIDEO_ANDS:
        raise ParameterError(
            f"two active parties take up to {ands:.1e} ANDs for this network and {selected} of {frames} frames, over "
            f"{MOST_VIDEO_ANDS:.1e}: convolutions are too large for bits (snni/twoparty/active/DESIGN.md, section 6)"
        )


class ActiveVideo:
    """One party's part in labelling one video."""

    def __init__(
        self, plan: Plan, party: Party, frames: int, selected: int, passed: Callable[[str], None] = lambda phase: None
    ) -> None:
        """passed: told when a phase is over: selected, scored, labelled. Raises ParameterError as ``check_video``."""
        check_video(plan, frames, selected)
        self._plan, self._party = plan, party
        self._frames, self._law = frames, law_of(plan, selected)
        self._network, self._passed = ActiveNetwork(plan, party), passed

    def label(
        self,
        video: NDArray[np.uint8] | None,
        rows: NDArray[np.int8] | None,
        weights: Mapping[str, NDArray[np.generic]],
    ) -> int | None:
        """video: uint8 [N, C, H, W], the client's. rows: one-hot int8 [n, N], weights: the server's. The label, at the
        client. Raises as ActiveNetwork.level."""
        plan, network, law = self._plan, self._network, self._law
        shapes = (self._frames, *plan.input_shape), (law.frames, self._frames)
        for mine, given, shape in zip((Side.CLIENT, Side.SERVER), (video, rows), shapes, strict=True):
            if self._party.side is mine and (given is None or given.shape != shape):
                raise ParameterError(f"expected {shape}")
        pixels = network.given(Side.CLIENT, np.zeros(shapes[0], np.uint8) if video is None else video, PIXEL_BITS)
        chosen = network.given(Side.SERVER, np.zeros(shapes[1], np.int8) if rows is None else rows, 1)
        pictures = [self._selected(pixels, chosen[0][row]) for row in range(law.frames)]
        self._passed("selected")
        each = [network.values_of(picture, weights, last=1)[plan.scores] for picture in pictures]
        scores = [one.reshape(law.score_bits, law.classes) for one in each]
        self._passed("scored")
        side = stacked(scores)  # [n, bits, C]
        turned = Shares(side.bits.transpose(1, 0, 2), side.codes.transpose(1, 0, 2, 3), side.keys.transpose(1, 0, 2, 3))
        bits = label_of(network.words, law, turned)
        opened = int(numbers(self._party.open_to(Side.CLIENT, bits)))
        self._passed("labelled")
        if self._party.side is Side.SERVER:
            return None
        if opened >= law.classes:
            raise WireError(f"what was opened is no label below {law.classes}")
        return opened

    def _selected(self, pixels: Shares, row: Shares) -> Shares:
        """pixels: words [8, N, C, H, W]; row: bits [N]. Words [8, C, H, W]."""
        total: Shares | None = None
        for frame in range(self._frames):
            one = taken(pixels, 1, frame)
            product = self._network.words.land(row[frame].over(one.shape), one)
            total = product if total is None else total ^ product
        if total is None:
            raise ParameterError("a video without frames")
        return total
