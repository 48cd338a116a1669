"""One video's label among three active servers: what is made ahead of it, and proved; the evaluation is video.py's."""

from __future__ import annotations

from snni.errors import ParameterError
from snni.multiparty.batch import BatchName
from snni.multiparty.check.verify import Verification
from snni.multiparty.conv import EvaluatorConv
from snni.multiparty.keys import DealerKeys, PairKey
from snni.multiparty.model import DealerModel, EvaluatorModel
from snni.multiparty.prove.batch import ProvedBatch, dealer_maker, evaluator_maker, proving
from snni.multiparty.prove.cost import video_dealt_sizes
from snni.multiparty.prove.ends import Ends
from snni.multiparty.prove.label import made_label
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.proving import prove_all
from snni.multiparty.prove.selection import made_selection
from snni.multiparty.prove.walk import walk
from snni.multiparty.roles import Role
from snni.multiparty.select import as_images
from snni.multiparty.video import EvaluatorVideo, selected_half
from snni.multiparty.video_shape import VideoShape
from snni.wire.packing import U32


def deal_proved_video(
    model: DealerModel, keys: DealerKeys, number: int, shape: VideoShape, halves: Known[U32], ends: Ends
) -> tuple[U32, Verification]:
    """halves: of the video's masks, uint32 [N, C, H, W]. Returns the label's mask, uint32 [1] in no ring yet, and what
    the run is checked by. Raises DeviationError, WireError."""
    verification = Verification()
    maker = dealer_maker(ends, keys, number, verification)
    convolutions = proving(model.proving)
    _, chosen = made_selection(convolutions[shape.selection.name], maker, shape, halves)
    steps = shape.plan.steps[:-1]
    _, scores = walk(shape.plan, steps, convolutions, maker, shape.selected, chosen)
    _, label = made_label(shape.label, maker, _flat(scores, shape))
    verification.correct(prove_all(ends, maker.record, number) or [])
    return label[Role.FIRST] + label[Role.SECOND], verification


class ProvedVideo(EvaluatorVideo):
    """Single use: ``prepare_proved`` takes what was dealt and sees it proved, ``run`` evaluates the masked video."""

    def __init__(
        self,
        model: EvaluatorModel,
        selection: EvaluatorConv,
        key: PairKey,
        number: int,
        shape: VideoShape,
        video_half: U32,
    ) -> None:
        super().__init__(model, selection, key, number, shape, video_half)
        self._convolutions, self._masks, self._number = proving(model.proving), key.masks(number), number
        chosen = as_images(selected_half(key, number, shape), shape.plan)
        steps = shape.plan.steps[:-1]
        self._proved = ProvedBatch(model, key, BatchName(number, shape.selected), chosen, steps, self._first)
        self._network = self._proved
        self._made = False

    def prepare_proved(self, ends: Ends) -> U32:
        """Returns this evaluator's half of the label's mask, uint32 [1]. Raises DeviationError, WireError."""
        if self._made:
            raise ParameterError("this video is prepared")
        self._made = True
        shape, role = self._shape, self._role
        maker = evaluator_maker(ends, self._masks, self._first, lambda: video_dealt_sizes(shape))
        conv = self._convolutions[shape.selection.name]
        selected, _ = made_selection(conv, maker, shape, {role: self._video_half})
        scores = self._proved.make(maker)
        shares, label = made_label(shape.label, maker, _flat({role: scores}, shape))
        prove_all(ends, maker.record, self._number)
        self._shares = selected, shares
        return label[role]


def _flat(scores: Known[U32], shape: VideoShape) -> Known[U32]:
    return {role: half.reshape(shape.selected, -1) for role, half in scores.items()}
