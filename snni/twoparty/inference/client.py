"""One inference at the client: its masks, its correlations, its online run.

The client's share of every value is known before the image exists (Delphi, eprint 2020/050, section 3): masks of
steered values come from a seed of the inference's own, linear outputs from the offline convolution, local steps follow.
Until it is prepared an inference keeps the seed and the packed linear outputs alone: a batch of them waits in little
memory. Online the client sends image - mask and plays its part of each nonlinear step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, cast

import numpy as np
from numpy.typing import NDArray

from snni.errors import CorrelationError, ParameterError
from snni.inference import Outcome
from snni.model.plan import Plan
from snni.model.steps import Conv, Step
from snni.ring.arithmetic import reduce
from snni.ring.local import LocalOperation
from snni.ring.random import drawn, uniform_from
from snni.twoparty.early import draws_output, early_steps
from snni.twoparty.inference.ahead import client_ahead
from snni.twoparty.linear.operation import LinearOperation
from snni.twoparty.nonlinear.operation import InteractiveOperation
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.nonlinear.step_protocol import ClientStep
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.operations import operation_of
from snni.twoparty.schedule import Schedule, is_interactive
from snni.twoparty.suite import TWO_PARTY, TwoPartySuite
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.profile import Profile
from snni.wire.turns import Turns, together

Observe = Callable[[str, U32], None]

INPUT = 0x40  # frame tag, C -> S: image - mask


class ClientInference:
    """Single use. ``prepare`` after every ``take_conv``; ``run`` once."""

    def __init__(
        self,
        plan: Plan,
        suite: TwoPartySuite = TWO_PARTY,
        *,
        scores: bool,
        observe: Observe | None = None,
        image: U32 | None = None,
    ) -> None:
        """scores: the final step's input is opened, not its output. observe: told every value's name and this party's
        share of it, when known; for tests that reveal. image: its share of the image, uint32 [C, H, W], where it is
        made by something that runs before; None: drawn."""
        self._plan = plan
        steps = {step.name: suite.client_step(plan, step) for step in plan.steps}
        self._steps: dict[str, ClientStep] = {name: step for name, step in steps.items() if step is not None}
        self._opening = None if scores else suite.opening_client(plan)
        self._makers: dict[str, Step] = {step.y: step for step in plan.steps}
        self._streams = {plan.input: 0}  # of the seed, one for each value that the client draws
        self._streams |= {step.y: 1 + i for i, step in enumerate(plan.steps) if draws_output(step)}
        self._seed = drawn(16)
        self._image = image
        self._outputs: dict[str, bytes] = {}  # its shares of convolutions, packed
        self._prepared = False
        self._observe = observe

    def __reduce__(self) -> NoReturn:
        raise TypeError("an inference is never pickled or copied: its correlations serve one run")

    def _drawn(self, name: str) -> U32:
        """Its share of the image, or its mask of a steered value."""
        if name == self._plan.input and self._image is not None:
            return self._image
        spec = self._plan.values[name]
        return uniform_from(self._seed, self._streams[name], spec.shape, spec.ring_bits)

    def _early(self, name: str) -> U32:
        """Its share of a value that stands before any convolution is done: drawn, or made locally of such."""
        shares: dict[str, U32] = {}
        for step in early_steps(self._makers, self._streams, name):
            for x in step.inputs:
                if x not in shares:
                    shares[x] = self._drawn(x)
            operation = cast("LocalOperation[Any]", operation_of(step))
            shares[step.y] = operation.evaluate(step, self._ring_bits(step), [shares[x] for x in step.inputs])
        return shares[name] if name in shares else self._drawn(name)

    def _ring_bits(self, step: Step) -> int:
        return self._plan.values[step.y].ring_bits

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
        """Consume random OTs for every nonlinear step (ahead.py has the order)."""
        shares = client_ahead(channel, receiver, sender, self._interactive(), self._prepare_receive)
        self._last = shares[self._plan.scores]
        if self._observe is not None:
            for name, share in shares.items():
                self._observe(name, share)
        self._seed = b""
        self._prepared = True

    def _interactive(self) -> list[ClientStep]:
        """In the plan's order, the final step last."""
        return [*self._steps.values(), *([] if self._opening is None else [self._opening])]

    def _prepare_receive(self, receiver: CheckedOtReceiver) -> dict[str, U32]:
        """The client's shares of the values that are still to be read; with an observer, of all."""
        readers = Counter(x for step in self._plan.steps for x in set(step.inputs))
        self._mask = self._drawn(self._plan.input)
        shares: dict[str, U32] = {self._plan.input: self._mask}
        for step in self._plan.steps:
            share = self._share(step, [shares[x] for x in step.inputs], receiver)
            if share is not None:
                shares[step.y] = share
            readers.subtract(set(step.inputs))
            for x in {x for x in step.inputs if not readers[x] and self._observe is None}:
                if x != self._plan.scores:
                    del shares[x]
        return shares

    def _share(self, step: Step, xs: list[U32], receiver: CheckedOtReceiver) -> U32 | None:
        """Its share of a step's output; None where the step is not run."""
        operation = operation_of(step)
        if isinstance(operation, LinearOperation):
            return self._output(step.y)
        if isinstance(operation, LocalOperation):
            share: U32 = operation.evaluate(step, self._ring_bits(step), xs)
            return share
        if isinstance(operation, InteractiveOperation):
            mask = self._drawn(step.y) if operation.draws_output else None
            return self._steps[step.name].prepare_receive(receiver, xs[0], mask)
        return None if self._opening is None else self._opening.prepare_receive(receiver, xs[0], None)

    def run(self, channel: Channel, image: NDArray[np.uint8], profile: Profile) -> Outcome:
        """Score one image, uint8 [C, H, W]. Raises ParameterError on another shape, CorrelationError when used."""
        if image.shape != self._plan.input_shape or image.dtype != np.uint8:
            raise ParameterError(f"image {image.dtype} {image.shape}, the plan wants uint8 {self._plan.input_shape}")
        self._begin()
        with profile.step("input", channel):
            masked = reduce(image.astype(np.uint32) - self._mask, self._plan.input_bits)
            channel.send(INPUT, pack(masked, self._plan.input_bits))
        self._evaluate(channel, profile)
        if self._opening is not None:
            name, opening, self._opening = self._plan.steps[-1].name, self._opening, None
            together(channel, [(name, opening.turns())], profile)
            with profile.step(name, channel):
                return Outcome(opening.reveal(channel), None)
        with profile.step("scores", channel):
            return self._scores(channel)

    @property
    def scores(self) -> U32:
        """Its share of the scores, uint32 [F], once prepared."""
        return self._last.reshape(-1)

    def run_to_scores(self, channel: Channel, profile: Profile) -> None:
        """Of an image that both have shares of, up to the scores; nothing is opened. Raises CorrelationError: used."""
        self._begin()
        self._evaluate(channel, profile)

    def _begin(self) -> None:
        if not self._prepared:
            raise CorrelationError("this inference's correlations are not made, or were used")
        self._prepared = False

    def _evaluate(self, channel: Channel, profile: Profile) -> None:
        schedule = Schedule(self._plan)

        def begin(ended: str | None, _: None) -> Iterator[tuple[str, Turns[None]]]:
            for step in filter(is_interactive, schedule.after(ended)):
                yield step.name, self._steps.pop(step.name).turns()

        together(channel, begin(None, None), profile, begin)

    def _scores(self, channel: Channel) -> Outcome:
        bits = self._plan.values[self._plan.scores].ring_bits
        reader = Reader(channel.recv(Tag.REVEAL, packed_bytes(self._plan.levels, bits)))
        share = reader.words(self._plan.levels, bits)
        reader.end()
        values = reduce(share + self._last.reshape(-1), bits).astype(np.int64)
        signed = np.where(values >= 1 << (bits - 1), values - (1 << bits), values)
        return Outcome(int(np.argmax(signed)), signed)
