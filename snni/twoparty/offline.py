"""The offline linear phase of a batch of future inferences, portion by portion (linear/portions.py).

While the server evaluates one portion the client decrypts the one before and encrypts the one after; the client always
takes a reply before it sends the next upload, so blocking streams cannot deadlock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from snni.model.plan import Plan
from snni.model.steps import Conv
from snni.twoparty.inference.client import ClientInference
from snni.twoparty.linear.client import ClientLinear
from snni.twoparty.linear.portions import Portion, geometry, layout, portions
from snni.twoparty.linear.server import ServerLinear
from snni.wire.channel import Channel
from snni.wire.packing import U32
from snni.wire.profile import Profile

UPLOAD = 0x41  # C -> S: encrypted masks of one portion
REPLY = 0x42  # S -> C: convolved, masked

ClientLayers = Callable[[Conv, int], ClientLinear]
ServerLayers = Callable[[Conv, int], ServerLinear]
"""A convolution's layer for so many inferences."""


@dataclass
class InferenceShares:
    """The server's shares of one inference's convolutions, as the seeds that they come from."""

    _sources: dict[str, tuple[ServerLinear, bytes, int]] = field(default_factory=dict, repr=False)

    def take(self, name: str, layer: ServerLinear, seed: bytes, index: int) -> None:
        """index: which inference of the layer's portion this one was."""
        self._sources[name] = layer, seed, index

    def expand(self) -> dict[str, U32]:
        """Convolution's name -> uint32 [M, OH, OW]."""
        return {name: layer.shares(seed, frame=index) for name, (layer, seed, index) in self._sources.items()}


def offline_client(
    channel: Channel, plan: Plan, linear: ClientLayers, inferences: Sequence[ClientInference], profile: Profile
) -> None:
    """Give every inference its share of every convolution's output."""
    work = portions(plan, len(inferences))

    def of(portion: Portion) -> Sequence[ClientInference]:
        return inferences[portion.first : portion.first + portion.size]

    def encrypt(portion: Portion) -> bytes:
        masks = [one.conv_mask(portion.step) for one in of(portion)]
        return linear(portion.step, portion.size).encrypt(np.stack(masks))

    def decrypt(portion: Portion, reply: memoryview) -> None:
        shares = linear(portion.step, portion.size).decrypt(reply)
        for inference, share in zip(of(portion), shares, strict=True):
            inference.take_conv(portion.step, share)

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
) -> list[InferenceShares]:
    """The server's shares of `count` inferences."""
    inferences = [InferenceShares() for _ in range(count)]
    for portion in portions(plan, count):
        with profile.step(portion.step.name, channel):
            layer = linear(portion.step, portion.size)
            upload = channel.recv(UPLOAD, limit=layer.layout.upload_bytes)
            seed = os.urandom(16)
            channel.send(REPLY, layer.evaluate(upload, seed))
            for index, inference in enumerate(inferences[portion.first : portion.first + portion.size]):
                inference.take(portion.step.name, layer, seed, index)
    return inferences
