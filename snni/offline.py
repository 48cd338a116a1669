"""The offline linear phase of a batch of future frames, convolution by convolution.

While the server evaluates one convolution the client decrypts the one before and encrypts the one after; the client
always takes a reply before it sends the next upload, so blocking streams cannot deadlock.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np

from snni.frame_client import ClientFrame
from snni.linear.client import ClientLinear
from snni.linear.geometry import ConvGeometry
from snni.linear.layout import Layout, params_for
from snni.linear.server import ServerLinear
from snni.plan import Conv, Plan
from snni.profile import Profile
from snni.shares import U32
from snni.transport import Channel

UPLOAD = 0x41  # C -> S: encrypted masks of one convolution
REPLY = 0x42  # S -> C: convolved, masked


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


def offline_client(
    channel: Channel, plan: Plan, linear: Mapping[str, ClientLinear], frames: Sequence[ClientFrame], profile: Profile
) -> None:
    """Give every frame its share of every convolution's output."""
    steps = convolutions(plan)

    def encrypt(step: Conv) -> bytes:
        return linear[step.name].encrypt(np.stack([frame.conv_mask(step) for frame in frames]))

    upload = encrypt(steps[0])
    reply: memoryview | None = None
    for index, step in enumerate(steps):
        with profile.step(step.name, channel):
            channel.send(UPLOAD, upload)
        if reply is not None:
            _decrypt(linear, steps[index - 1], reply, frames)
        if index + 1 < len(steps):
            upload = encrypt(steps[index + 1])
        with profile.step(step.name, channel):
            reply = channel.recv(REPLY, limit=layout(geometry(step, plan), len(frames)).reply_bytes)
    if reply is not None:
        _decrypt(linear, steps[-1], reply, frames)


def _decrypt(linear: Mapping[str, ClientLinear], step: Conv, reply: memoryview, frames: Sequence[ClientFrame]) -> None:
    for frame, share in zip(frames, linear[step.name].decrypt(reply), strict=True):
        frame.take_conv(step, share)


def offline_server(
    channel: Channel, plan: Plan, linear: Mapping[str, ServerLinear], count: int, profile: Profile
) -> list[dict[str, U32]]:
    """The server's shares: for each of `count` frames, conv name -> uint32 [M, OH, OW]."""
    frames: list[dict[str, U32]] = [{} for _ in range(count)]
    for step in convolutions(plan):
        with profile.step(step.name, channel):
            layer = linear[step.name]
            upload = channel.recv(UPLOAD, limit=layer.layout.upload_bytes)
            seed = os.urandom(16)
            channel.send(REPLY, layer.evaluate(upload, seed))
            for index, frame in enumerate(frames):
                frame[step.name] = layer.shares(seed, frame=index)
    return frames
