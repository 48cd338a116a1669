"""One video at the server: its selection's rows, its frames' correlations, its online run (client.py)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.ring.arithmetic import reduce
from snni.twoparty.inference.ahead import server_ahead
from snni.twoparty.inference.client import INPUT
from snni.twoparty.inference.server import ServerInference
from snni.twoparty.linear.online import conv_ring
from snni.twoparty.linear.server import ServerLinear
from snni.twoparty.linear.wire import Buffer
from snni.twoparty.nonlinear.label import LabelServer
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.offline import REPLY, UPLOAD, ServerLayers, offline_server
from snni.twoparty.server_model import ServerModel
from snni.twoparty.video.shape import VideoShape
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader
from snni.wire.profile import Profile, stored_bytes
from snni.wire.turns import together

Passed = Callable[[str], None]
"""Told when a phase of a run is over: ``selected``, ``scored``."""


class ServerVideo:
    """Single use, as ServerInference. rows: one-hot int8 [n, N], which nobody else learns."""

    def __init__(
        self, model: ServerModel, shape: VideoShape, rows: NDArray[np.int8], passed: Passed = lambda phase: None
    ) -> None:
        if rows.shape != (shape.selected, shape.frames):
            raise ParameterError(f"a selection of {rows.shape}, not {(shape.selected, shape.frames)}")
        self._model, self._shape, self._passed = model, shape, passed
        self._rows = np.ascontiguousarray(rows, np.int8)[:, :, None, None]
        self._label = LabelServer(shape.label)
        self._frames: list[ServerInference] = []
        self._selected: U32 = np.empty(0, np.uint32)
        self._prepared = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("a video's correlations are never pickled or copied: they serve one run")

    def prepare_linear(
        self, channel: Channel, public_key: Buffer, layers: ServerLayers, batch: int, profile: Profile
    ) -> None:
        """Its shares of the selected frames, and the seeds of its shares of their convolutions."""
        shape, model = self._shape, self._model
        layer, seed = ServerLinear(shape.selection, public_key, self._rows, model.product), os.urandom(16)
        with profile.step("selection", channel):
            channel.send(REPLY, layer.evaluate(channel.recv(UPLOAD, limit=shape.selection.upload_bytes), seed))
        self._selected = layer.shares(seed, frame=0)
        for first in range(0, shape.selected, batch):
            count = min(batch, shape.selected - first)
            for share in offline_server(channel, model.plan, layers, count, profile):
                self._frames.append(ServerInference(model, share.expand(), shape.suite, scores=True))

    def prepare(self, channel: Channel, sender: CheckedOtSender, receiver: CheckedOtReceiver) -> None:
        """Consume random OTs, in the client's order."""
        for frame in self._frames:
            frame.prepare(channel, sender, receiver)
        server_ahead(channel, sender, receiver, [self._label])
        self._prepared = True

    @property
    def stored_bytes(self) -> int:
        """What this video keeps until it runs; the model is shared and not counted."""
        return stored_bytes([self._label, self._selected]) + sum(frame.stored_bytes for frame in self._frames)

    def run(self, channel: Channel, profile: Profile) -> None:
        """Serve one classification. Raises CorrelationError when not prepared or used."""
        if not self._prepared:
            raise CorrelationError("this video's correlations are not made, or were used")
        self._prepared = False
        with profile.step("selection", channel):
            images = self._select(channel)
        self._passed("selected")
        scores = np.stack(
            [frame.run_to_scores(channel, profile, image) for frame, image in zip(self._frames, images, strict=True)]
        )
        self._frames = []
        self._passed("scored")
        result = together(channel, [("label", self._label.turns(scores))], profile)["label"]
        with profile.step("label", channel):
            self._label.reveal(channel, result)

    def _select(self, channel: Channel) -> U32:
        """B (x - r) + s: its shares of the selected frames, uint32 [n, C, H, W]."""
        shape, geometry = self._shape, self._shape.selection.geometry
        reader = Reader(channel.recv(INPUT, limit=shape.masked_bytes))
        masked = reader.words(int(np.prod(shape.video_shape)), shape.plan.input_bits)
        reader.end()
        product = conv_ring(geometry, self._rows, masked.reshape(shape.frames, geometry.height, geometry.width))
        images: U32 = reduce(product + self._selected, shape.plan.input_bits)
        return images.reshape(shape.selected, *shape.plan.input_shape)
