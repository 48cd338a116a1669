"""A video's label from its frames' scores: approximate softmax of each frame, summed, the largest's class.

PPVC (ICML 2021), protocols 2 (softmax) and 3 (label); the law is `snni.model.video_label`'s. Steps, all frames at once:
ReLU; sums; both brought to a common power of two (normalise.py); the sum's reciprocal from a one-time table
(lookup.py); numerators rescaled and multiplied by it (rescale.py, multiply.py); sums over frames; argmax. Only the
label is ever opened, to who asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from snni.model.video_label import INDEX_BITS, NUMERATOR_BITS, RING_BITS, LabelLaw, reciprocals
from snni.multiparty.argmax import ArgmaxOperation
from snni.multiparty.dealing import Dealer, Dealt
from snni.multiparty.lookup import LookupShape, deal_lookup, evaluate_lookup, take_lookup
from snni.multiparty.multiply import ProductShape, deal_product, evaluate_product, take_product
from snni.multiparty.normalise import NormaliseShape, deal_normalise, evaluate_normalise, take_normalise
from snni.multiparty.opening import Opening
from snni.multiparty.relu import ReluOperation
from snni.multiparty.rescale import RescaleOperation
from snni.multiparty.roles import Role
from snni.ring.softmax import summed, with_sums
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.wire.packing import U32


@dataclass(frozen=True)
class LabelOperation:
    """scores of n frames, uint32 [n, C] mod 2^score_bits, to one label."""

    law: LabelLaw

    @property
    def relu(self) -> ReluOperation:
        bits = self.law.score_bits
        return ReluOperation((self.law.frames, self.law.classes), bits, 0, bits, RING_BITS, 0)

    @property
    def normalise(self) -> NormaliseShape:
        return NormaliseShape(self.law.frames, self.law.sum_bits, 1 + self.law.classes)

    @property
    def lookup(self) -> LookupShape:
        return LookupShape(self.law.frames, INDEX_BITS + 1, RING_BITS)

    @property
    def numerators(self) -> RescaleOperation:
        shift = self.law.sum_bits - NUMERATOR_BITS
        return RescaleOperation((self.law.classes, self.law.frames), RING_BITS, shift, NUMERATOR_BITS + 3, RING_BITS)

    @property
    def product(self) -> ProductShape:
        return ProductShape(self.law.classes * self.law.frames, RING_BITS)

    @property
    def argmax(self) -> ArgmaxOperation:
        return ArgmaxOperation(1, self.law.classes, self.law.window)

    @property
    def parts(
        self,
    ) -> tuple[ReluOperation | NormaliseShape | LookupShape | RescaleOperation | ProductShape | ArgmaxOperation, ...]:
        return self.relu, self.normalise, self.lookup, self.numerators, self.product, self.argmax

    @property
    def dealt_bytes(self) -> int:
        """From the dealer to the second evaluator, ahead."""
        return sum(part.dealt_bytes for part in self.parts)

    @property
    def claimed_bytes(self) -> int:
        """To the dealer of four."""
        return sum(part.claimed_bytes for part in self.parts)

    @property
    def opened_bytes(self) -> tuple[int, ...]:
        """Payload of every opening, each way."""
        return tuple(size for part in self.parts for size in part.opened_bytes)

    def deal(self, dealer: Dealer, c: U32) -> U32:
        """c: the scores' masks. Returns the label's mask, uint32 [1]."""
        law = self.law
        positive = self.relu.deal(dealer, c, dealer.own.ring(c.shape, RING_BITS)).T
        along, some = deal_normalise(self.normalise, dealer, with_sums(positive))
        leading = truncate_mask(along[0], law.sum_bits - INDEX_BITS, INDEX_BITS + 1)
        inverse = dealer.own.ring((law.frames,), RING_BITS)
        deal_lookup(self.lookup, dealer, reciprocals(), leading, inverse)
        numerators = self.numerators.deal(dealer, along[1:], dealer.own.ring(along[1:].shape, RING_BITS))
        products = dealer.own.ring((self.product.n,), RING_BITS)
        each = np.tile(inverse, law.classes)
        deal_product(self.product, dealer, numerators.reshape(-1), each, products)
        return self.argmax.deal(dealer, self.summed(products, some, public=False), None).reshape(-1)

    def take(self, dealt: Dealt) -> tuple[object, ...]:
        """This evaluator's shares of all that was dealt."""
        return (
            self.relu.take(dealt),
            take_normalise(self.normalise, dealt),
            take_lookup(self.lookup, dealt),
            self.numerators.take(dealt),
            take_product(self.product, dealt),
            self.argmax.take(dealt),
        )

    def evaluate(self, role: Role, shares: tuple, s: U32, opening: Opening) -> U32:  # type: ignore[type-arg]
        """The masked label, uint32 [1]."""
        law = self.law
        relu, normalise, tables, rescale, product, argmax = shares
        positive = self.relu.evaluate(role, relu, s, opening).T
        along, some = evaluate_normalise(self.normalise, role, normalise, with_sums(positive), opening)
        leading = truncate_masked(along[0], RING_BITS, law.sum_bits - INDEX_BITS, INDEX_BITS + 1)
        inverse = evaluate_lookup(self.lookup, tables, leading, opening)
        numerators = self.numerators.evaluate(role, rescale, along[1:], opening).reshape(-1)
        each = np.tile(inverse, law.classes)
        products = evaluate_product(self.product, role, product, numerators, each, opening)
        return self.argmax.evaluate(role, argmax, self.summed(products, some, public=True), opening).reshape(-1)

    def summed(self, products: U32, some: U32, public: bool) -> U32:
        """One component of the sums over frames, uint32 [1, C]: 1 / C for each frame whose scores are all negative."""
        each = products.reshape(self.law.classes, self.law.frames)
        return summed(each, some, self.law.equal_share, public)[None]
