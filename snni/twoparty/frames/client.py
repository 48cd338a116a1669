"""One inference at the client: its masks, its correlations, its online run.

The client's share of every value is known before the image exists (Delphi, eprint 2020/050, section 3): masks of
steered values come from a seed of the frame's own, linear outputs from the offline convolution, local steps follow.
Until it is prepared a frame keeps the seed and the packed linear outputs alone: a batch of frames waits in little
memory. Online the client sends image - mask and plays its part of each nonlinear step.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.model.plan import Plan
from snni.model.steps import Argmax, Conv, Step, inputs_of
from snni.twoparty.nonlinear.argmax import ArgmaxClient
from snni.twoparty.nonlinear.compare import Gadget
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.nonlinear.wire import Reader, Tag, pack, packed_bytes
from snni.twoparty.operations import LOCAL, STEERED, client_layer, evaluate_local, interactive_steps
from snni.twoparty.shares import U32, reduce, uniform_from
from snni.wire.channel import Channel
from snni.wire.profile import Profile

Observe = Callable[[str, U32], None]

INPUT = 0x40  # frame tag, C -> S: image - mask


@dataclass(frozen=True)
class Outcome:
    """level: index of the largest score. scores: signed sums [F], only where the session asked for them."""

    level: int = field(repr=False)  # somebody's: not for logs
    scores: NDArray[np.int64] | None = field(repr=False)


class ClientFrame:
    """Single use. ``prepare`` after every ``take_conv``; ``run`` once."""

    def __init__(self, plan: Plan, *, scores: bool, gadget: Gadget = "leaf", observe: Observe | None = None) -> None:
        """observe: told every value's name and this party's share of it, when known. For tests that reveal."""
        self._plan = plan
        self._scores = scores
        self._layers = {step.name: client_layer(step, plan, gadget) for step in interactive_steps(plan, scores=scores)}
        self._makers: dict[str, Step] = {step.y: step for step in plan.steps}
        self._streams = {plan.input: 0}  # of the seed, one for each value that the client draws
        self._streams |= {step.y: 1 + i for i, step in enumerate(plan.steps) if isinstance(step, STEERED)}
        self._seed = os.urandom(16)
        self._outputs: dict[str, bytes] = {}  # its shares of convolutions, packed
        self._prepared = False
        self._observe = observe

    def __reduce__(self) -> NoReturn:
        raise TypeError("a frame is never pickled or copied: its correlations serve one run")

    def _drawn(self, name: str) -> U32:
        """Its mask of the image or of a steered value."""
        spec = self._plan.values[name]
        return uniform_from(self._seed, self._streams[name], spec.shape, spec.ring_bits)

    def _early(self, name: str) -> U32:
        """Its share of a value that stands before any convolution is done: drawn, or made locally of such."""
        if name in self._streams:
            return self._drawn(name)
        step = self._makers[name]
        if not isinstance(step, LOCAL):
            raise ParameterError(f"{step.name}: a convolution's input must come from the image, a ReLU or a rescale")
        return evaluate_local(step, self._plan, [self._early(x) for x in inputs_of(step)])

    def conv_mask(self, step: Conv) -> U32:
        """Its share of a convolution's input, in the convolution's ring: what is encrypted."""
        return reduce(self._early(step.x), step.ring_bits)

    def take_conv(self, step: Conv, share: U32) -> None:
        """Its share of a convolution's output, from the offline phase."""
        self._outputs[step.y] = pack(share, step.ring_bits)

    def _output(self, name: str) -> U32:
        spec = self._plan.values[name]
        reader = Reader(memoryview(self._outputs.pop(name)))
        return reader.words(spec.elements, spec.ring_bits).reshape(spec.shape)

    def prepare(self, channel: Channel, receiver: CheckedOtReceiver, sender: CheckedOtSender) -> None:
        """Consume random OTs for every nonlinear step: first all the server's, then all the client's; then the choices.

        The messages of each phase flow one way, whoever writes them, so that a slow link costs no round trip a step.
        Both directions' checks come before the choices, the first message that depends on transfers.
        """
        readers = Counter(x for step in self._plan.steps for x in set(inputs_of(step)))
        self._mask = self._drawn(self._plan.input)
        shares: dict[str, U32] = {self._plan.input: self._mask}
        for step in self._plan.steps:
            xs = [shares[x] for x in inputs_of(step)]
            if isinstance(step, Conv):
                shares[step.y] = self._output(step.y)
            elif isinstance(step, LOCAL):
                shares[step.y] = evaluate_local(step, self._plan, xs)
            elif step.name in self._layers:
                mask = self._drawn(step.y) if step.y in self._streams else None
                shares[step.y] = self._layers[step.name].prepare_receive(receiver, xs[0], mask)
            readers.subtract(set(inputs_of(step)))
            for x in {x for x in inputs_of(step) if not readers[x] and self._observe is None}:
                if x != self._plan.scores:
                    del shares[x]
        receiver.begin_check()
        receiver.exchange_challenge()
        for layer in self._layers.values():
            layer.prepare_send(sender)
        sender.begin_check()
        receiver.finish_check()
        sender.exchange_challenge()
        sender.finish_check()
        for layer in self._layers.values():
            layer.send_prepared(channel)
        self._last = shares[self._plan.scores]
        if self._observe is not None:
            for name, share in shares.items():
                self._observe(name, share)
        self._seed = b""
        self._prepared = True

    def run(self, channel: Channel, image: NDArray[np.uint8], profile: Profile) -> Outcome:
        """Score one image, uint8 [C, H, W]. Raises ParameterError on another shape, CorrelationError when used."""
        if image.shape != self._plan.input_shape or image.dtype != np.uint8:
            raise ParameterError(f"image {image.dtype} {image.shape}, the plan wants uint8 {self._plan.input_shape}")
        if not self._prepared:
            raise CorrelationError("this frame's correlations are not made, or were used")
        self._prepared = False
        with profile.step("input", channel):
            masked = reduce(image.astype(np.uint32) - self._mask, self._plan.input_bits)
            channel.send(INPUT, pack(masked, self._plan.input_bits))
        for step in self._plan.steps:
            if step.name in self._layers:
                with profile.step(step.name, channel):
                    self._layers.pop(step.name).run(channel) if not isinstance(step, Argmax) else None
        with profile.step("output", channel):
            return self._open(channel)

    def _open(self, channel: Channel) -> Outcome:
        if not self._scores:
            layer = self._layers.pop(self._plan.steps[-1].name)
            if not isinstance(layer, ArgmaxClient):
                raise ParameterError("the plan does not end in argmax")
            layer.run(channel)
            return Outcome(layer.reveal(channel), None)
        bits = self._plan.values[self._plan.scores].ring_bits
        reader = Reader(channel.recv(Tag.REVEAL, packed_bytes(self._plan.levels, bits)))
        share = reader.words(self._plan.levels, bits)
        reader.end()
        values = reduce(share + self._last.reshape(-1), bits).astype(np.int64)
        signed = np.where(values >= 1 << (bits - 1), values - (1 << bits), values)
        return Outcome(int(np.argmax(signed)), signed)
