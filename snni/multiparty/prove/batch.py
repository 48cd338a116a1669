"""N images together among three active servers: what is made ahead of them, and proved; the evaluation is batch.py's.

The dealer gets what it checks the evaluation by (check/verify.py), each evaluator its shares and its half of the
results' mask, which it tells who asks beside the dealer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from snni.errors import ParameterError
from snni.multiparty.batch import EvaluatorBatch
from snni.multiparty.check.verify import Verification
from snni.multiparty.dealing import FirstDealt
from snni.multiparty.keys import DealerKeys, Masks
from snni.multiparty.model import DealerModel
from snni.multiparty.prove.cost import dealt_sizes
from snni.multiparty.prove.dealing import DealerMaker
from snni.multiparty.prove.ends import Ends
from snni.multiparty.prove.keeping import KeepingDealer
from snni.multiparty.prove.planes import Known
from snni.multiparty.prove.proving import prove_all
from snni.multiparty.prove.taking import DealtMessages, EvaluatorMaker
from snni.multiparty.prove.walk import walk
from snni.multiparty.proving_conv import Convolutions
from snni.multiparty.roles import EVALUATORS, Role
from snni.wire.packing import U32


def deal_proved(
    model: DealerModel, keys: DealerKeys, number: int, images: int, halves: Known[U32], ends: Ends
) -> tuple[U32, Verification]:
    """halves: of the images' masks, uint32 [N, C, H, W]. Returns the results' masks, uint32 [N, 1, 1, 1] in no ring
    yet, and what the run is checked by. Raises DeviationError, WireError."""
    verification = Verification()
    maker = dealer_maker(ends, keys, number, verification)
    _, last = walk(model.plan, model.plan.steps, proving(model.proving), maker, images, halves)
    verification.correct(prove_all(ends, maker.record, number) or [])
    return last[Role.FIRST] + last[Role.SECOND], verification


class ProvedBatch(EvaluatorBatch):
    """Single use: ``prepare_proved`` takes what was dealt and sees it proved, ``run`` evaluates the masked images."""

    def make(self, maker: EvaluatorMaker) -> U32:
        """Take what was dealt. Returns this evaluator's half of the last step's masks. Raises WireError."""
        half, self._image_half = self._image_half, None
        if half is None:
            raise ParameterError("this batch is prepared")
        role = self._model.role
        convolutions = proving(self._model.proving)
        self._shares, last = walk(self._model.plan, self._steps, convolutions, maker, self._batch.images, {role: half})
        return last[role]

    def prepare_proved(self, ends: Ends) -> U32:
        """Returns this evaluator's half of the results' masks, uint32 [N, 1, 1, 1]. Raises DeviationError,
        WireError."""
        if self._image_half is None:
            raise ParameterError("this batch is prepared")
        plan, images = self._model.plan, self._batch.images
        maker = evaluator_maker(ends, self._masks, self._first, lambda: dealt_sizes(plan, images))
        last = self.make(maker)
        prove_all(ends, maker.record, self._batch.number)
        return last


def evaluator_maker(ends: Ends, masks: Masks, first: FirstDealt, sizes: Callable[[], Sequence[int]]) -> EvaluatorMaker:
    """Of the evaluator whose ends these are. sizes: of the DEALT messages that the second is sent."""
    second = ends.role is Role.SECOND
    dealt = DealtMessages(ends.channels[Role.DEALER], sizes()) if second else None
    return EvaluatorMaker(ends.role, masks, first, dealt)


def dealer_maker(ends: Ends, keys: DealerKeys, number: int, verification: Verification) -> DealerMaker:
    """verification: what becomes of the forms of what will be opened."""
    masks = {role: key.masks(number) for role, key in zip(EVALUATORS, (keys.first, keys.second), strict=True)}
    return DealerMaker(KeepingDealer(keys, number, verification), masks, ends.channels[Role.SECOND])


def proving(convolutions: Convolutions | None) -> Convolutions:
    """Raises ParameterError: this share of the weights is not one that anything is proved by."""
    if convolutions is None:
        raise ParameterError("this share of the weights is not one of three active servers")
    return convolutions
