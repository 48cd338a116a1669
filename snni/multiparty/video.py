"""A video's label: frames selected obliviously, each through the network to its scores, the scores to one label.

PPVC (Pentyala, Dowsley, De Cock, ICML 2021), protocol 4: pi_FSELECT (select.py), the network (batch.py), pi_SOFT and
pi_LABELVIDEO (label.py). The video is masked by who asks, the selection and the network by who provides them.
"""

from __future__ import annotations

from typing import NoReturn

from snni.errors import CorrelationError, ParameterError
from snni.multiparty.batch import DEALT, BatchName, EvaluatorBatch, deal_steps, dealt_shares
from snni.multiparty.conv import DealerConv, EvaluatorConv, conv_dealt_bytes, deal_conv
from snni.multiparty.dealing import Dealer, FirstDealt
from snni.multiparty.forms import Checks
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.opening import Opening
from snni.multiparty.phases import Passed, ignore
from snni.multiparty.select import as_channels, as_images
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U32

SELECTED = 1 << 20
"""Stream number of the selected frames' masks: above those of a plan's steps."""


def deal_video(
    model: DealerModel,
    selection: DealerConv,
    keys: DealerKeys,
    number: int,
    shape: VideoShape,
    video_masks: U32,
    channel: Channel,
    checks: Checks | None = None,
) -> U32:
    """Deal for one video masked by ``video_masks``, uint32 [N, C, H, W]. selection: the dealer's part of its rows.

    Returns the label's mask, uint32 [1]: for who asked.
    """
    plan, batch = shape.plan, BatchName(number, shape.selected)
    dealer = Dealer(keys, number, checks)
    halves = [selected_half(key, number, shape) for key in (keys.first, keys.second)]
    chosen = reduce(halves[0] + halves[1], plan.input_bits)
    deal_conv(selection, dealer, as_channels(video_masks), chosen)
    channel.send(DEALT, dealer.message())
    steps = plan.steps[:-1]
    scores = deal_steps(model, steps, keys, batch, dealer, as_images(chosen, plan), channel)
    label = shape.label.deal(dealer, scores.reshape(shape.selected, -1))
    channel.send(DEALT, dealer.message())
    return label


def selected_half(key: PairKey, number: int, shape: VideoShape) -> U32:
    """One evaluator's half of the selected frames' masks, uint32 [1, n, 1, pixels]."""
    return key.masks(number).draw(SELECTED, (1, shape.selected, 1, shape.pixels), shape.plan.input_bits)


class EvaluatorVideo:
    """Single use, as EvaluatorBatch."""

    def __init__(
        self,
        model: EvaluatorModel,
        selection: EvaluatorConv,
        key: PairKey,
        number: int,
        shape: VideoShape,
        video_half: U32,
    ) -> None:
        """selection: this evaluator's part of the rows. video_half: of the video's masks, uint32 [N, C, H, W]."""
        self._shape, self._selection, self._role = shape, selection, model.role
        self._first = FirstDealt(key.dealt(number))
        self._video_half = video_half
        chosen = as_images(selected_half(key, number, shape), shape.plan)
        batch, steps = BatchName(number, shape.selected), shape.plan.steps[:-1]
        self._network = EvaluatorBatch(model, key, batch, chosen, steps, self._first)
        self._shares: tuple[U32, tuple[object, ...]] | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("a video's correlations are never pickled or copied: they serve one run")

    def prepare(self, channel: Channel | None) -> None:
        """Take this evaluator's shares. channel: from the dealer, at the second; the first draws its own."""
        shape = self._shape
        size = conv_dealt_bytes(shape.selected * shape.pixels, shape.plan.input_bits)
        with dealt_shares(self._first, channel, size) as dealt:
            selected = self._selection.prepare(dealt, as_channels(self._video_half))
        self._network.prepare(channel)
        with dealt_shares(self._first, channel, shape.label.dealt_bytes) as dealt:
            self._shares = selected, shape.label.take(dealt)

    def run(self, s: U32, opening: Opening, passed: Passed = ignore) -> U32:
        """s: the masked video, uint32 [N, C, H, W]. Returns the masked label, uint32 [1].

        Raises CorrelationError: not prepared, or used. ParameterError: a video of another shape.
        """
        shape, plan = self._shape, self._shape.plan
        if self._shares is None:
            raise CorrelationError("this video's correlations are not made, or were used")
        (selected, label), self._shares = self._shares, None
        if s.shape != (shape.frames, *plan.input_shape):
            raise ParameterError(f"masked video {s.shape}, not {(shape.frames, *plan.input_shape)}")
        images = as_images(self._selection.evaluate(selected, as_channels(s), opening), plan)
        passed("selected")
        scores = self._network.run(images, opening).reshape(shape.selected, -1)
        passed("scored")
        return shape.label.evaluate(self._role, label, scores, opening)
