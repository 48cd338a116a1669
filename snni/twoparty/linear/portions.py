"""How the linear phase of a batch of frames is cut into messages: convolution by convolution, portion by portion.

A convolution on a large map fills its ciphertexts with few frames, one on a 7x7 map with dozens: each is cut into
portions as small as its packing allows, which bounds messages and memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import Layout, params_for
from snni.wire.framing import HEADER
from snni.wire.traffic import Traffic

PORTION_BITS = 48 << 23
"""No portion of more than one frame sends more: 48 MiB both ways."""
TOLERANCE = 1.02
"""How much more than the densest cut a cut into smaller portions may send."""


@dataclass(frozen=True)
class Portion:
    """Frames [first, first + size) of a batch, of one convolution: one upload, one reply."""

    step: Conv
    first: int
    size: int


def convolutions(plan: Plan) -> list[Conv]:
    """In the order in which both parties walk them."""
    return [step for step in plan.steps if isinstance(step, Conv)]


def geometry(step: Conv, plan: Plan) -> ConvGeometry:
    """The linear library's view of a step."""
    channels, height, width = plan.values[step.x].shape
    return ConvGeometry(
        in_channels=channels,
        height=height,
        width=width,
        out_channels=step.out_channels,
        kernel=step.kernel,
        stride=step.stride,
        padding=step.padding,
        groups=step.groups,
        ring_bits=step.ring_bits,
    )


def layout(shape: ConvGeometry, batch: int) -> Layout:
    """How `batch` frames of a convolution lie in ciphertexts, at the parameter set that its noise bound allows."""
    return Layout(shape, params_for(shape, batch), batch)


@lru_cache(maxsize=4096)
def sizes(shape: ConvGeometry, count: int) -> tuple[int, ...]:
    """How many frames each portion of `count` has: the smallest within TOLERANCE of the densest cut.

    Both parties derive it from public shapes. Raises ParameterError: no parameter set bears the convolution.
    """
    cuts = [_cut(size, count) for size in (1, 2, 4, 8, 16, 32) if size < count] + [(count,)]
    allowed = [cut for cut in cuts if cut[0] == 1 or _sent_bits(shape, cut[0]) <= PORTION_BITS]
    sent = [sum(_sent_bits(shape, size) for size in cut) for cut in allowed]
    return next(cut for cut, bits in zip(allowed, sent, strict=True) if bits <= TOLERANCE * min(sent))


def _cut(size: int, count: int) -> tuple[int, ...]:
    rest = count % size
    return (size,) * (count // size) + ((rest,) if rest else ())


@lru_cache(maxsize=4096)
def _sent_bits(shape: ConvGeometry, batch: int) -> int:
    """Both ways for one portion, the rounding of a reply's rows to bytes left out."""
    chosen = layout(shape, batch)
    outputs = batch * shape.out_channels * shape.out_height * shape.out_width
    replies = chosen.replies * chosen.params.degree * chosen.c1_bits + outputs * chosen.c0_bits
    return 8 * chosen.upload_bytes + replies


def portions(plan: Plan, count: int) -> list[Portion]:
    """All work for `count` frames, in the order in which both parties do it."""
    found = []
    for step in convolutions(plan):
        first = 0
        for size in sizes(geometry(step, plan), count):
            found.append(Portion(step, first, size))
            first += size
    return found


def linear_traffic(plan: Plan, frames: int = 1) -> Traffic:
    """What the linear phase of ``frames`` frames together sends ahead of time: an upload and a reply a portion."""
    chosen = [layout(geometry(p.step, plan), p.size) for p in portions(plan, frames)]
    up = sum(HEADER.size + one.upload_bytes for one in chosen)
    return Traffic(up, sum(HEADER.size + one.reply_bytes for one in chosen), 2 * len(chosen))
