"""The offline linear phase of a batch of future frames, convolution by convolution, portion by portion.

A convolution on a large map fills its ciphertexts with few frames, one on a 7x7 map with dozens: each is cut into
portions as small as its packing allows, which bounds messages and memory (``sizes``). While the server evaluates one
portion the client decrypts the one before and encrypts the one after; the client always takes a reply before it sends
the next upload, so blocking streams cannot deadlock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.twoparty.frames.client import ClientFrame
from snni.twoparty.linear.client import ClientLinear
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.layout import Layout, params_for
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.shares import U32
from snni.wire.channel import Channel
from snni.wire.profile import Profile

UPLOAD = 0x41  # C -> S: encrypted masks of one portion
REPLY = 0x42  # S -> C: convolved, masked

PORTION_BITS = 48 << 23
"""No portion of more than one frame sends more: 48 MiB both ways."""
TOLERANCE = 1.02
"""How much more than the densest cut a cut into smaller portions may send."""

ClientLayers = Callable[[Conv, int], ClientLinear]
ServerLayers = Callable[[Conv, int], ServerLinear]
"""A convolution's layer for so many frames."""


@dataclass(frozen=True)
class Portion:
    """Frames [first, first + size) of a batch, of one convolution: one upload, one reply."""

    step: Conv
    first: int
    size: int


@dataclass
class FrameShares:
    """The server's shares of one frame's convolutions, as the seeds that they come from."""

    _sources: dict[str, tuple[ServerLinear, bytes, int]] = field(default_factory=dict, repr=False)

    def take(self, name: str, layer: ServerLinear, seed: bytes, index: int) -> None:
        """index: which frame of the layer's portion this one was."""
        self._sources[name] = layer, seed, index

    def expand(self) -> dict[str, U32]:
        """Convolution's name -> uint32 [M, OH, OW]."""
        return {name: layer.shares(seed, frame=index) for name, (layer, seed, index) in self._sources.items()}


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


def offline_client(
    channel: Channel, plan: Plan, linear: ClientLayers, frames: Sequence[ClientFrame], profile: Profile
) -> None:
    """Give every frame its share of every convolution's output."""
    work = portions(plan, len(frames))

    def encrypt(portion: Portion) -> bytes:
        masks = [frame.conv_mask(portion.step) for frame in frames[portion.first : portion.first + portion.size]]
        return linear(portion.step, portion.size).encrypt(np.stack(masks))

    def decrypt(portion: Portion, reply: memoryview) -> None:
        shares = linear(portion.step, portion.size).decrypt(reply)
        for frame, share in zip(frames[portion.first : portion.first + portion.size], shares, strict=True):
            frame.take_conv(portion.step, share)

    upload = encrypt(work[0])
    reply: memoryview | None = None
    for index, portion in enumerate(work):
        with profile.step(portion.step.name, channel):
            channel.send(UPLOAD, upload)
        if reply is not None:
            decrypt(work[index - 1], reply)
        if index + 1 < len(work):
            upload = encrypt(work[index + 1])
        with profile.step(portion.step.name, channel):
            reply = channel.recv(REPLY, limit=layout(geometry(portion.step, plan), portion.size).reply_bytes)
    if reply is not None:
        decrypt(work[-1], reply)


def offline_server(
    channel: Channel, plan: Plan, linear: ServerLayers, count: int, profile: Profile
) -> list[FrameShares]:
    """The server's shares of `count` frames."""
    frames = [FrameShares() for _ in range(count)]
    for portion in portions(plan, count):
        with profile.step(portion.step.name, channel):
            layer = linear(portion.step, portion.size)
            upload = channel.recv(UPLOAD, limit=layer.layout.upload_bytes)
            seed = os.urandom(16)
            channel.send(REPLY, layer.evaluate(upload, seed))
            for index, frame in enumerate(frames[portion.first : portion.first + portion.size]):
                frame.take(portion.step.name, layer, seed, index)
    return frames
