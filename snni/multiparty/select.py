"""Oblivious frame selection: F = B A, B the selection's rows, A the video's frames; no server learns which were chosen.

PPVC (ICML 2021), protocol 1 (pi_FSELECT): a product of a shared one-hot matrix [n, N] by the shared video [N, pixels].
Here it is a convolution of one pixel on N channels (conv.py), the rows masked as weights are. That a row is one-hot is
not checked: who selects is semi-honest, and a row that mixes frames gives a picture that mixes them.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.wire.packing import U32

MAX_FRAMES = 1024


def rows(selection: str, frames: int) -> NDArray[np.int8]:
    """One-hot rows int8 [n, frames] of ``every 15th`` (frames 0, 15, ...), ``all``, or indices such as ``0,15,30``.

    Raises ParameterError saying what may stand there.
    """
    if not 1 <= frames <= MAX_FRAMES:
        raise ParameterError(f"{frames} frames; a video has 1 to {MAX_FRAMES}")
    chosen = _indices(selection.strip().lower(), frames)
    if not chosen or max(chosen) >= frames:
        raise ParameterError(f"selection {selection!r}: frames are 0 to {frames - 1}")
    made = np.zeros((len(chosen), frames), np.int8)
    made[np.arange(len(chosen)), chosen] = 1
    return made


def _indices(text: str, frames: int) -> list[int]:
    every = re.fullmatch(r"every (\d{1,4})(?:st|nd|rd|th)", text)
    if text == "all":
        return list(range(frames))
    if every and int(every[1]):
        return list(range(0, frames, int(every[1])))
    if re.fullmatch(r"\d{1,4}(,\d{1,4})*", text):
        return [int(number) for number in text.split(",")]
    raise ParameterError(f"selection {text!r}: say 'every 15th', 'all', or indices such as 0,15,30")


def as_channels(video: U32) -> U32:
    """One component of a video uint32 [N, C, H, W] as the selection's input [1, N, 1, pixels]."""
    return video.reshape(1, len(video), 1, -1)


def as_images(selected: U32, plan: Plan) -> U32:
    """One component of the selection's output as images [n, C, H, W]."""
    return selected.reshape(-1, *plan.input_shape)
