"""What an opened product gives away where the shares that are opened are not made anew: the leak of CrypTen, issue 518.

There a product of replicated shares was opened without a share of zero added, and one party reconstructed x. Here every
opened share has a summand that the dealer deals afresh, and of which the other evaluator has only its own part. The
attack is carried out as the second evaluator would: it succeeds to the last value without that summand, and finds
nothing but uniform values with it.
"""

from __future__ import annotations

import numpy as np
import pytest

from snni.multiparty.keys import DealtStream
from snni.multiparty.multiply import ProductShape, deal_product, evaluate_product, take_product
from snni.multiparty.opening import ChannelOpening
from snni.multiparty.roles import Role
from snni.ring.arithmetic import reduce
from tests.snni.multiparty.by_draws import share_by_draws
from tests.snni.multiparty.evaluators import run
from tests.support.uniform import unevenness

N, BITS = 1 << 15, 16
KNOWN = 5
"""One factor is public: a pixel outside of a picture, or the bias's one."""


class Listening(ChannelOpening):
    """The second evaluator's opening, which keeps what the first sent."""

    heard: np.ndarray

    def ring(self, shares, bits, says):
        opened = super().ring(shares, bits, says)
        self.heard = reduce(opened - shares, bits)
        return opened


def attacked(x: int) -> np.ndarray:
    """What the second evaluator makes of the first's opened share of x times KNOWN, N times: x, if it can."""
    rng = np.random.default_rng(x)
    c_x, c_y, mask = (rng.integers(0, 1 << BITS, N).astype(np.uint32) for _ in range(3))
    c_y &= ~np.uint32(1)  # so that s_y is odd and can be divided by, as half of all are
    s_x, s_y = reduce(np.uint32(x) - c_x, BITS), reduce(np.uint32(KNOWN) - c_y, BITS)
    shape, found = ProductShape(N, BITS), {}

    def evaluate(role, dealt, opening):
        shares = take_product(shape, dealt)
        if role is Role.SECOND:
            opening = Listening(opening._outward, opening._inward)
        product = evaluate_product(shape, role, shares, s_x, s_y, opening)
        if role is Role.SECOND:
            found["x"] = solved(shares, opening.heard)
        return product

    def solved(shares, heard):
        own_c_x, own_c_y, _ = shares
        others_c_y = KNOWN - s_y - own_c_y  # KNOWN = s_y + both halves
        inverse = np.array([pow(int(one), -1, 1 << BITS) for one in s_y], np.uint32)
        others_c_x = reduce((heard - s_x * s_y - s_x * others_c_y) * inverse, BITS)
        return reduce(s_x + own_c_x + others_c_x, BITS)

    opened, _, _ = run(lambda dealer: deal_product(shape, dealer, c_x, c_y, mask), evaluate)
    assert np.array_equal(reduce(opened + mask, BITS), np.full(N, x * KNOWN % (1 << BITS)))
    return found["x"]


@pytest.mark.parametrize("x", [77, 60_000])
def test_an_opened_share_tells_nothing_of_a_factor(x):
    assert unevenness([("what the attack finds", attacked(x), BITS)]) == []


@pytest.mark.parametrize("x", [77, 60_000])
def test_without_the_share_that_is_dealt_for_it_the_attack_finds_every_factor(monkeypatch, x):
    real = DealtStream.draw

    def draw(self, count, bits):
        drawn = real(self, count, bits)
        return np.zeros_like(drawn) if self._stream == 3 else drawn  # the third is of c_x c_y less the mask

    share_by_draws(monkeypatch)
    assert not np.array_equal(attacked(x), np.full(N, x))
    monkeypatch.setattr(DealtStream, "draw", draw)
    assert np.array_equal(attacked(x), np.full(N, x))
