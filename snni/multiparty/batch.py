"""N images together: what the dealer does ahead of them, what each evaluator does ahead and online.

Every mask is known to the dealer before an image is, as every client's share is in the two-party engine: masks of
images, of ReLUs and of rescales come of seeds that the dealer shares with either evaluator; others it draws alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from snni.errors import CorrelationError, ParameterError
from snni.model.plan import Plan
from snni.model.steps import Step
from snni.multiparty.conv import conv_dealt_bytes, deal_conv
from snni.multiparty.dealing import Dealer, Dealt, FirstDealt, SecondDealt
from snni.multiparty.forms import Checks
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.opening import Opening
from snni.multiparty.operations import draws_output, is_local, local, protocol
from snni.multiparty.phases import Passed, ignore
from snni.ring.arithmetic import ring_mask
from snni.wire.channel import Channel
from snni.wire.packing import U32

DEALT = 0x61  # frame tag, from the dealer to the second evaluator: one step's shares

Observe = Callable[[str, U32], None]


@dataclass(frozen=True)
class BatchName:
    """number: rises within a session, and a session's keys draw for it once. images: how many together."""

    number: int
    images: int


def mask_streams(plan: Plan) -> dict[str, int]:
    """Stream numbers of the values whose masks either evaluator draws its half of, by name."""
    return {step.y: index for index, step in enumerate(plan.steps) if draws_output(step)}


def dealt_bytes(step: Step, plan: Plan, images: int) -> int:
    """Payload of a step's DEALT message; a local step has none."""
    interactive = protocol(step, plan, images)
    if interactive is not None:
        return interactive.dealt_bytes
    spec = plan.values[step.y]
    return conv_dealt_bytes(images * spec.elements, spec.ring_bits)


def deal_batch(
    model: DealerModel,
    keys: DealerKeys,
    batch: BatchName,
    image_masks: U32,
    channel: Channel,
    observe: Observe | None = None,
    checks: Checks | None = None,
) -> U32:
    """Deal for a batch of images masked by ``image_masks``, uint32 [N, C, H, W]; the second evaluator is sent its
    shares.

    Returns the levels' masks, uint32 [N, 1, 1, 1]: for who asked. observe: told every value's name and masks. For tests
    that reveal. checks: what becomes of the forms of what will be opened.
    """
    dealer = Dealer(keys, batch.number, checks)
    return deal_steps(model, model.plan.steps, keys, batch, dealer, image_masks, channel, observe)


def deal_steps(
    model: DealerModel,
    steps: Sequence[Step],
    keys: DealerKeys,
    batch: BatchName,
    dealer: Dealer,
    image_masks: U32,
    channel: Channel,
    observe: Observe | None = None,
) -> U32:
    """Deal for the plan's first ``steps``; the masks of the last one's output."""
    plan, streams = model.plan, mask_streams(model.plan)
    halves = [key.masks(batch.number) for key in (keys.first, keys.second)]

    def mask(step: Step) -> U32 | None:
        if step.y not in streams:
            return None
        spec = plan.values[step.y]
        shape = (batch.images, *spec.shape)
        whole, second = (half.draw(streams[step.y], shape, spec.ring_bits) for half in halves)
        whole += second
        whole &= ring_mask(spec.ring_bits)
        return whole

    masks = {plan.input: image_masks}
    for step in steps:
        cs = [masks[x] for x in step.inputs]
        if is_local(step):
            masks[step.y] = local(step, plan, cs)
            continue
        interactive = protocol(step, plan, batch.images)
        if interactive is not None:
            masks[step.y] = interactive.deal(dealer, cs[0], mask(step))
        else:
            spec = plan.values[step.y]
            masks[step.y] = dealer.own.ring((batch.images, *spec.shape), spec.ring_bits)
            deal_conv(model.convolutions[step.name], dealer, cs[0], masks[step.y])
        channel.send(DEALT, dealer.message())
    if observe is not None:
        for name, value in masks.items():
            observe(name, value)
    return masks[steps[-1].y]


class EvaluatorBatch:
    """Single use: ``prepare`` takes what was dealt, ``run`` evaluates the masked images."""

    def __init__(
        self,
        model: EvaluatorModel,
        key: PairKey,
        batch: BatchName,
        image_half: U32,
        steps: Sequence[Step] | None = None,
        first: FirstDealt | None = None,
    ) -> None:
        """image_half: this evaluator's half of the images' masks, uint32 [N, C, H, W]. steps: the plan's first ones,
        all if None. first: what the first evaluator goes on drawing from, where the batch is part of something larger.
        """
        self._model, self._batch = model, batch
        self._steps = model.plan.steps if steps is None else steps
        self._image_half: U32 | None = image_half
        self._streams = mask_streams(model.plan)
        self._makers: dict[str, Step] = {step.y: step for step in model.plan.steps}
        self._masks = key.masks(batch.number)
        self._first = first or FirstDealt(key.dealt(batch.number))
        self._shares: dict[str, Any] | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a batch is never pickled or copied: its correlations serve one run")

    def prepare(self, channel: Channel | None) -> None:
        """Take this evaluator's shares. channel: from the dealer, at the second; the first draws its own."""
        plan, images = self._model.plan, self._batch.images
        shares: dict[str, Any] = {}
        halves = _Halves(self._half)
        if self._image_half is not None:
            halves[plan.input], self._image_half = self._image_half, None
        for step in self._steps:
            if is_local(step):
                continue
            with dealt_shares(self._first, channel, dealt_bytes(step, plan, images)) as dealt:
                interactive = protocol(step, plan, images)
                if interactive is not None:
                    shares[step.name] = interactive.take(dealt)
                else:
                    half = halves[step.inputs[0]]
                    shares[step.name] = self._model.convolutions[step.name].prepare(dealt, half)
        self._shares = shares

    def run(self, s: U32, opening: Opening, passed: Passed = ignore, observe: Observe | None = None) -> U32:
        """s: the masked images, uint32 [N, C, H, W]. Returns what the last step gives, masked: levels uint32 [N, 1, 1,
        1].

        Raises CorrelationError: not prepared, or used. ParameterError: images of another shape.

        """
        plan, images = self._model.plan, self._batch.images
        if self._shares is None:
            raise CorrelationError("this batch's correlations are not made, or were used")
        shares, self._shares = self._shares, None
        if s.dtype != np.uint32 or s.shape != (images, *plan.input_shape):
            raise ParameterError(f"masked images {s.dtype} {s.shape}, not uint32 {(images, *plan.input_shape)}")
        values = {plan.input: s}
        for step in self._steps:
            xs = [values[x] for x in step.inputs]
            if is_local(step):
                values[step.y] = local(step, plan, xs)
                continue
            interactive, held = protocol(step, plan, images), shares.pop(step.name)
            if interactive is not None:
                values[step.y] = interactive.evaluate(self._model.role, held, xs[0], opening)
            else:
                values[step.y] = self._model.convolutions[step.name].evaluate(held, xs[0], opening)
        if observe is not None:
            for name, value in values.items():
                observe(name, value)
        return values[self._steps[-1].y]

    def _half(self, name: str, halves: _Halves) -> U32:
        """Its half of a value's mask that stands before any convolution is done."""
        plan, images = self._model.plan, self._batch.images
        if name in self._streams:
            spec = plan.values[name]
            return self._masks.draw(self._streams[name], (images, *spec.shape), spec.ring_bits)
        step = self._makers[name]
        if not is_local(step):
            raise ParameterError(f"{step.name}: a convolution's input must come from the image, a ReLU or a rescale")
        return local(step, plan, [halves[x] for x in step.inputs])


@contextmanager
def dealt_shares(first: FirstDealt, channel: Channel | None, limit: int) -> Iterator[Dealt]:
    """One DEALT message's shares: drawn by the first evaluator, received by the second, who must take them all."""
    if channel is None:
        yield first
        return
    second = SecondDealt(channel.recv(DEALT, limit))
    yield second
    second.end()


class _Halves(dict[str, U32]):
    """Halves of masks by value, each made once."""

    def __init__(self, make: Callable[[str, _Halves], U32]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> U32:
        self[name] = made = self._make(name, self)
        return made
