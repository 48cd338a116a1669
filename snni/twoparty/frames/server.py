"""One inference at the server: its shares of the convolutions, its correlations, its online run.

Online the server holds x - r of every convolution's input in the clear, so a convolution is plaintext integer
arithmetic: W (x - r) + s + bias mod 2^k (Delphi, eprint 2020/050, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.model.plan import Plan
from snni.model.steps import Argmax, Conv, inputs_of
from snni.twoparty.frames.client import INPUT, Observe
from snni.twoparty.linear.geometry import ConvGeometry
from snni.twoparty.linear.online import conv_ring
from snni.twoparty.linear.product import CORES, Product
from snni.twoparty.nonlinear.argmax import ArgmaxServer
from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.nonlinear.wire import Reader, Tag, pack, packed_bytes
from snni.twoparty.operations import LOCAL, evaluate_local, interactive_steps, server_layer
from snni.twoparty.shares import U32, reduce
from snni.wire.channel import Channel
from snni.wire.profile import Profile, stored_bytes


@dataclass(frozen=True)
class ServerModel:
    """The network: plan, geometry of each convolution, int8 weights and biases mod 2^k by step name. Read only.

    limits: of each clip, uint32 [C]. product: where ciphertexts are multiplied by weights.
    """

    plan: Plan
    geometries: Mapping[str, ConvGeometry]
    weights: Mapping[str, NDArray[np.int8]]
    biases: Mapping[str, U32]
    limits: Mapping[str, U32]
    product: Product = CORES

    def __repr__(self) -> str:
        return f"ServerModel({self.plan.name})"


class ServerFrame:
    """Single use. shares: conv name -> uint32 [M, OH, OW], what the offline phase left to the server."""

    def __init__(self, model: ServerModel, shares: Mapping[str, U32], *, scores: bool, gadget: Gadget = "leaf") -> None:
        self._model = model
        self._shares = dict(shares)
        self._scores = scores
        steps = interactive_steps(model.plan, scores=scores)
        self._layers = {step.name: server_layer(step, model.plan, model.limits, gadget) for step in steps}
        self._prepared = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("a frame is never pickled or copied: its correlations serve one run")

    def prepare(self, channel: Channel, sender: CheckedOtSender, receiver: CheckedOtReceiver) -> None:
        """Consume random OTs for every nonlinear step, in the client's order."""
        for layer in self._layers.values():
            layer.prepare_send(sender)
        sender.begin_check()
        sender.exchange_challenge()
        for layer in self._layers.values():
            layer.prepare_receive(receiver)
        receiver.begin_check()
        sender.finish_check()
        receiver.exchange_challenge()
        receiver.finish_check()
        for layer in self._layers.values():
            layer.receive_prepared(channel)
        self._prepared = True

    @property
    def stored_bytes(self) -> int:
        """What this inference keeps until it runs; the model is shared and not counted."""
        return stored_bytes([self._layers, self._shares])

    def run(self, channel: Channel, profile: Profile, observe: Observe | None = None) -> None:
        """Serve one inference. Raises CorrelationError when not prepared or used.

        observe: told every value's name and this party's share of it. For tests that reveal.
        """
        if not self._prepared:
            raise CorrelationError("this frame's correlations are not made, or were used")
        self._prepared = False
        plan = self._model.plan
        with profile.step("input", channel):
            count = int(np.prod(plan.input_shape))
            reader = Reader(channel.recv(INPUT, limit=packed_bytes(count, plan.input_bits)))
            values = {plan.input: reader.words(count, plan.input_bits).reshape(plan.input_shape)}
            reader.end()
        for step in plan.steps:
            with profile.step(step.name, channel):
                xs = [values[x] for x in inputs_of(step)]
                if isinstance(step, Conv):
                    values[step.y] = self._convolve(step, xs[0])
                elif isinstance(step, LOCAL):
                    values[step.y] = evaluate_local(step, plan, xs)
                elif not isinstance(step, Argmax):
                    values[step.y] = self._layers.pop(step.name).run(channel, xs[0])
        if observe is not None:
            for name, share in values.items():
                observe(name, share)
        with profile.step("output", channel):
            self._open(channel, values[plan.scores])

    def _convolve(self, step: Conv, x: U32) -> U32:
        """W (x - r) + s + bias mod 2^k."""
        model = self._model
        product = conv_ring(model.geometries[step.name], model.weights[step.name], reduce(x, step.ring_bits))
        bias = model.biases[step.name][:, None, None]
        return reduce(product + self._shares.pop(step.name) + bias, step.ring_bits)

    def _open(self, channel: Channel, scores: U32) -> None:
        if self._scores:
            channel.send(
                Tag.REVEAL, pack(scores.reshape(-1), self._model.plan.values[self._model.plan.scores].ring_bits)
            )
            return
        layer = self._layers.pop(self._model.plan.steps[-1].name)
        if not isinstance(layer, ArgmaxServer):
            raise ParameterError("the plan does not end in argmax")
        layer.reveal(channel, layer.run(channel, scores))
