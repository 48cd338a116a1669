"""One video at the client: its mask, its frames' correlations, its online run.

PPVC (Pentyala, Dowsley, De Cock, ICML 2021), protocol 4, with the video's owner as the client: pi_FSELECT is a
convolution of one pixel over the frames (shape.py) whose one-hot rows are the server's, so the client learns no row and
the server no picture; then each selected frame runs to its scores, and the scores to a label for the client alone.
"""

from __future__ import annotations

import os
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.inference import Outcome
from snni.ring.arithmetic import reduce
from snni.ring.random import uniform_from
from snni.twoparty.inference.ahead import client_ahead
from snni.twoparty.inference.client import INPUT, ClientInference
from snni.twoparty.linear.client import ClientKeys, ClientLinear
from snni.twoparty.nonlinear.label import LabelClient
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.offline import REPLY, UPLOAD, ClientLayers, offline_client
from snni.twoparty.video.shape import VideoShape
from snni.wire.channel import Channel
from snni.wire.packing import U32, pack
from snni.wire.profile import Profile
from snni.wire.turns import together


class ClientVideo:
    """Single use, as ClientInference: ``prepare`` once, then ``run`` once."""

    def __init__(self, shape: VideoShape) -> None:
        self._shape = shape
        self._seed = os.urandom(16)
        self._label = LabelClient(shape.label)
        self._frames: list[ClientInference] = []
        self._prepared = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("a video's correlations are never pickled or copied: they serve one run")

    def _mask(self) -> U32:
        """Of the video, uint32 [N, C, H, W]."""
        return uniform_from(self._seed, 0, self._shape.video_shape, self._shape.plan.input_bits)

    def prepare_linear(
        self, channel: Channel, keys: ClientKeys, layers: ClientLayers, batch: int, profile: Profile
    ) -> None:
        """Its shares of the selected frames, then of their convolutions, ``batch`` frames at a time."""
        shape, plan = self._shape, self._shape.plan
        layer = ClientLinear(shape.selection, keys)
        geometry = shape.selection.geometry
        with profile.step("selection", channel):
            laid = self._mask().reshape(1, shape.frames, geometry.height, geometry.width)
            channel.send(UPLOAD, layer.encrypt(laid))
            selected = layer.decrypt(channel.recv(REPLY, limit=shape.selection.reply_bytes))
        images = selected.reshape(shape.selected, *plan.input_shape)
        self._frames = [ClientInference(plan, shape.suite, scores=True, image=image) for image in images]
        for first in range(0, shape.selected, batch):
            offline_client(channel, plan, layers, self._frames[first : first + batch], profile)

    def prepare(self, channel: Channel, receiver: CheckedOtReceiver, sender: CheckedOtSender) -> None:
        """Consume random OTs for every frame, then for the label."""
        for frame in self._frames:
            frame.prepare(channel, receiver, sender)
        scores = np.stack([frame.scores for frame in self._frames])
        client_ahead(channel, receiver, sender, [self._label], lambda ots: self._label.prepare_receive(ots, scores))
        self._prepared = True

    def run(self, channel: Channel, video: NDArray[np.uint8], profile: Profile) -> Outcome:
        """The label of a video, uint8 [N, C, H, W]. Raises ParameterError: another shape; CorrelationError: used."""
        shape, bits = self._shape, self._shape.plan.input_bits
        if video.shape != shape.video_shape or video.dtype != np.uint8:
            raise ParameterError(f"video {video.dtype} {video.shape}, expected uint8 {shape.video_shape}")
        if not self._prepared:
            raise CorrelationError("this video's correlations are not made, or were used")
        self._prepared = False
        with profile.step("selection", channel):
            masked = reduce(video.astype(np.uint32) - self._mask(), bits)
            self._seed = b""
            channel.send(INPUT, pack(masked, bits))
        for frame in self._frames:
            frame.run_to_scores(channel, profile)
        self._frames = []
        together(channel, [("label", self._label.turns())], profile)
        with profile.step("label", channel):
            return Outcome(self._label.reveal(channel), None)
