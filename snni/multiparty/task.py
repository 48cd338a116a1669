"""What can be ordered of three servers: levels of images, or the label of a video. Sizes, and who makes which part.

Every task takes masked pixels and gives masked results; sessions know no more of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from snni.errors import ParameterError
from snni.model.plan import Plan
from snni.multiparty.batch import BatchName, EvaluatorBatch, deal_batch
from snni.multiparty.check.verify import Verification
from snni.multiparty.forms import Checks
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.opening import Opening
from snni.multiparty.operations import level_bits
from snni.multiparty.phases import Passed, ignore
from snni.multiparty.prove.batch import ProvedBatch, deal_proved
from snni.multiparty.prove.ends import Ends
from snni.multiparty.prove.video import ProvedVideo, deal_proved_video
from snni.multiparty.roles import Role
from snni.multiparty.video import EvaluatorVideo, deal_video
from snni.multiparty.video_shape import VideoShape
from snni.ring.arithmetic import reduce
from snni.wire.channel import Channel
from snni.wire.packing import U32


class Evaluation(Protocol):
    """One evaluator's part: prepared once, run once."""

    def prepare(self, channel: Channel | None) -> None: ...

    def run(self, s: U32, opening: Opening, passed: Passed = ignore) -> U32:
        """passed: told the name of each phase that is over."""
        ...


class ProvedEvaluation(Evaluation, Protocol):
    """Among three active servers."""

    def prepare_proved(self, ends: Ends) -> U32:
        """Returns this evaluator's half of the results' masks."""
        ...


class Task(Protocol):
    """pictures: how many are handed in, [pictures, C, H, W]. images: how many go through the network. results: how many
    values come out, of ``bits`` bits each, below ``classes``."""

    @property
    def pictures(self) -> int: ...

    @property
    def images(self) -> int: ...

    @property
    def results(self) -> int: ...

    @property
    def bits(self) -> int: ...

    @property
    def classes(self) -> int: ...

    def deal(
        self,
        model: DealerModel,
        keys: DealerKeys,
        number: int,
        masks: U32,
        channel: Channel,
        checks: Checks | None = None,
    ) -> U32:
        """Deal for run ``number`` on pictures masked by ``masks``. Returns the results' masks. checks: what becomes of
        the forms of what will be opened."""
        ...

    def evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> Evaluation:
        """An evaluator's part. half: of the pictures' masks."""
        ...

    def deal_proved(
        self, model: DealerModel, keys: DealerKeys, number: int, halves: Mapping[Role, U32], ends: Ends
    ) -> tuple[U32, Verification]:
        """Deal to three active servers, and prove it. halves: of the pictures' masks. Returns the results' masks, and
        what the run is checked by."""
        ...

    def proved_evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> ProvedEvaluation:
        """An evaluator's part among three active servers."""
        ...


@dataclass(frozen=True)
class Levels:
    """A level of each image."""

    plan: Plan
    images: int

    @property
    def pictures(self) -> int:
        return self.images

    @property
    def results(self) -> int:
        return self.images

    @property
    def bits(self) -> int:
        return level_bits(self.plan)

    @property
    def classes(self) -> int:
        return self.plan.levels

    def deal(
        self,
        model: DealerModel,
        keys: DealerKeys,
        number: int,
        masks: U32,
        channel: Channel,
        checks: Checks | None = None,
    ) -> U32:
        return deal_batch(model, keys, BatchName(number, self.images), masks, channel, checks=checks)

    def evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> Evaluation:
        return EvaluatorBatch(model, key, BatchName(number, self.images), half)

    def deal_proved(
        self, model: DealerModel, keys: DealerKeys, number: int, halves: Mapping[Role, U32], ends: Ends
    ) -> tuple[U32, Verification]:
        return deal_proved(model, keys, number, self.images, halves, ends)

    def proved_evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> ProvedEvaluation:
        return ProvedBatch(model, key, BatchName(number, self.images), half)


@dataclass(frozen=True)
class Label:
    """The label of a video by the frames that the servers' shares select."""

    shape: VideoShape

    @property
    def pictures(self) -> int:
        return self.shape.frames

    @property
    def images(self) -> int:
        return self.shape.selected

    @property
    def results(self) -> int:
        return 1

    @property
    def bits(self) -> int:
        return self.shape.label.law.window

    @property
    def classes(self) -> int:
        return self.shape.plan.levels

    def deal(
        self,
        model: DealerModel,
        keys: DealerKeys,
        number: int,
        masks: U32,
        channel: Channel,
        checks: Checks | None = None,
    ) -> U32:
        if model.selection is None:
            raise ParameterError("this server has no share of a selection")
        return reduce(deal_video(model, model.selection, keys, number, self.shape, masks, channel, checks), self.bits)

    def evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> Evaluation:
        if model.selection is None:
            raise ParameterError("this server has no share of a selection")
        return EvaluatorVideo(model, model.selection, key, number, self.shape, half)

    def deal_proved(
        self, model: DealerModel, keys: DealerKeys, number: int, halves: Mapping[Role, U32], ends: Ends
    ) -> tuple[U32, Verification]:
        return deal_proved_video(model, keys, number, self.shape, halves, ends)

    def proved_evaluation(self, model: EvaluatorModel, key: PairKey, number: int, half: U32) -> ProvedEvaluation:
        if model.selection is None:
            raise ParameterError("this server has no share of a selection")
        return ProvedVideo(model, model.selection, key, number, self.shape, half)
