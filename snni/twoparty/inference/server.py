"""One inference at the server: its shares of the convolutions, its correlations, its online run.

Online the server holds x - r of every convolution's input in the clear, so a convolution is plaintext integer
arithmetic: W (x - r) + s + bias mod 2^k (Delphi, eprint 2020/050, section 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, cast

import numpy as np

from snni.errors import CorrelationError
from snni.model.steps import Conv, Step
from snni.ring.arithmetic import reduce
from snni.ring.local import LocalOperation
from snni.twoparty.inference.ahead import server_ahead
from snni.twoparty.inference.client import INPUT, Observe
from snni.twoparty.linear.online import conv_ring
from snni.twoparty.linear.operation import LinearOperation
from snni.twoparty.nonlinear.ots import CheckedOtReceiver, CheckedOtSender
from snni.twoparty.nonlinear.step_protocol import ServerStep
from snni.twoparty.nonlinear.tags import Tag
from snni.twoparty.operations import operation_of
from snni.twoparty.schedule import Schedule, is_interactive
from snni.twoparty.server_model import ServerModel
from snni.twoparty.suite import TWO_PARTY, TwoPartySuite
from snni.wire.channel import Channel
from snni.wire.packing import U32, Reader, pack, packed_bytes
from snni.wire.profile import Profile, stored_bytes
from snni.wire.turns import Turns, together


class ServerInference:
    """Single use. shares: conv name -> uint32 [M, OH, OW], what the offline phase left to the server."""

    def __init__(
        self, model: ServerModel, shares: Mapping[str, U32], suite: TwoPartySuite = TWO_PARTY, *, scores: bool
    ) -> None:
        self._model = model
        self._shares = dict(shares)
        plan = model.plan
        steps = {step.name: suite.server_step(plan, step, model.tensors(step)) for step in plan.steps}
        self._steps: dict[str, ServerStep] = {name: step for name, step in steps.items() if step is not None}
        self._opening = None if scores else suite.opening_server(plan)
        self._prepared = False

    def __reduce__(self) -> NoReturn:
        raise TypeError("an inference is never pickled or copied: its correlations serve one run")

    def prepare(self, channel: Channel, sender: CheckedOtSender, receiver: CheckedOtReceiver) -> None:
        """Consume random OTs for every nonlinear step, in the client's order."""
        server_ahead(channel, sender, receiver, self._interactive())
        self._prepared = True

    def _interactive(self) -> list[ServerStep]:
        """In the plan's order, the final step last."""
        return [*self._steps.values(), *([] if self._opening is None else [self._opening])]

    @property
    def stored_bytes(self) -> int:
        """What this inference keeps until it runs; the model is shared and not counted."""
        return stored_bytes([self._interactive(), self._shares])

    def run(self, channel: Channel, profile: Profile, observe: Observe | None = None) -> None:
        """Serve one inference. Raises CorrelationError when not prepared or used.

        observe: told every value's name and this party's share of it. For tests that reveal.
        """
        self._begin()
        plan = self._model.plan
        with profile.step("input", channel):
            count = int(np.prod(plan.input_shape))
            reader = Reader(channel.recv(INPUT, limit=packed_bytes(count, plan.input_bits)))
            image = reader.words(count, plan.input_bits).reshape(plan.input_shape)
            reader.end()
        values = self._evaluate(channel, profile, image)
        if observe is not None:
            for name, share in values.items():
                observe(name, share)
        scores = values[plan.scores]
        if self._opening is not None:
            name, opening, self._opening = plan.steps[-1].name, self._opening, None
            result = together(channel, [(name, opening.turns(scores))], profile)[name]
            with profile.step(name, channel):
                opening.reveal(channel, result)
            return
        with profile.step("scores", channel):
            channel.send(Tag.REVEAL, pack(scores.reshape(-1), plan.values[plan.scores].ring_bits))

    def run_to_scores(self, channel: Channel, profile: Profile, image: U32) -> U32:
        """Its share of the scores, uint32 [F], of an image that both have shares of, uint32 [C, H, W]; nothing is
        opened. Raises CorrelationError when not prepared or used."""
        self._begin()
        scores: U32 = self._evaluate(channel, profile, image)[self._model.plan.scores].reshape(-1)
        return scores

    def _begin(self) -> None:
        if not self._prepared:
            raise CorrelationError("this inference's correlations are not made, or were used")
        self._prepared = False

    def _evaluate(self, channel: Channel, profile: Profile, image: U32) -> dict[str, U32]:
        """Its shares of all values but the last step's."""
        plan = self._model.plan
        values, schedule, makes = {plan.input: image}, Schedule(plan), {step.name: step.y for step in plan.steps}

        def begin(ended: str | None, share: U32 | None) -> Iterator[tuple[str, Turns[U32]]]:
            if ended is not None and share is not None:
                values[makes[ended]] = share
            for step in schedule.after(ended):
                if is_interactive(step):
                    yield step.name, self._steps.pop(step.name).turns(values[step.inputs[0]])
                else:
                    with profile.step(step.name, channel, 0):
                        values[step.y] = self._silent(step, [values[x] for x in step.inputs])

        together(channel, begin(None, None), profile, begin)
        return values

    def _silent(self, step: Step, xs: list[U32]) -> U32:
        """Its share of the output of a step that sends nothing."""
        operation = operation_of(step)
        if isinstance(operation, LinearOperation):
            return self._convolve(cast("Conv", step), xs[0])
        local = cast("LocalOperation[Any]", operation)
        share: U32 = local.evaluate(step, self._model.plan.values[step.y].ring_bits, xs)
        return share

    def _convolve(self, step: Conv, x: U32) -> U32:
        """W (x - r) + s + bias mod 2^k."""
        model = self._model
        product = conv_ring(model.geometries[step.name], model.weights[step.name], reduce(x, step.ring_bits))
        bias = model.biases[step.name][:, None, None]
        return reduce(product + self._shares.pop(step.name) + bias, step.ring_bits)
