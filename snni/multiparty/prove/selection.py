"""The selection of a video's frames made by a Maker; what it is: snni/multiparty/select.py."""

from __future__ import annotations

from snni.multiparty.prove.making import Maker
from snni.multiparty.prove.planes import Known
from snni.multiparty.proving_conv import ProvingConv
from snni.multiparty.select import as_channels, as_images
from snni.multiparty.video import SELECTED
from snni.multiparty.video_shape import VideoShape
from snni.wire.packing import U32


def made_selection(conv: ProvingConv, maker: Maker, shape: VideoShape, video: Known[U32]) -> tuple[U32, Known[U32]]:
    """Returns an evaluator's shares, and halves of the selected frames' masks, uint32 [n, C, H, W]."""
    maker.begin()
    chosen = maker.draw(SELECTED, (1, shape.selected, 1, shape.pixels), shape.plan.input_bits)
    made: U32 = maker.conv(conv, {role: as_channels(half) for role, half in video.items()}, chosen)
    maker.end()
    return made, {role: as_images(half, shape.plan) for role, half in chosen.items()}
