"""What a prepared gate in two flights waits with: no more bits than its rings have."""

import numpy as np
import pytest

from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.kept import Kept
from snni.wire.profile import stored_bytes
from tests.support.ideal_ots import IdealReceiver, IdealSender, both

N, WINDOW = 4096, 11
ROUNDING = 32
"""Arrays that a party keeps are each a whole number of bytes."""


@pytest.mark.parametrize("bits", [1, 5, 8, 11, 20, 32])
def test_values_come_back_without_the_bits_above(bits: int) -> None:
    words = np.random.default_rng(bits).integers(0, 1 << 32, 1001, np.uint32)
    assert np.array_equal(Kept(words, bits).words(), words & np.uint32((1 << bits) - 1))
    if bits <= 8:
        low = words.astype(np.uint8)
        assert np.array_equal(Kept(low, bits).bytes(), low & np.uint8((1 << bits) - 1))


@pytest.mark.parametrize("bits", [WINDOW, 20])
def test_a_prepared_gate_keeps_its_bits_and_no_more(bits: int) -> None:
    """Both parties' tables have 32 slots. The client: share, its mask, lambda, p_lambda, four pads of words, a mask of
    the carry; lambda', kappa, mu. The server: p_0, p_1, rho, both choices and pads; two masks and their products."""
    extend = bits > WINDOW
    shape = GateShape(N, WINDOW, bits, extend=extend, comparison=COMPARISONS["tables"], ignored=1)
    assert shape.two_flights and shape.compare.indices == (5, 5)
    share = np.zeros(N, np.uint32)
    mine, theirs = gate_client(shape), gate_server(shape)

    def client(channel):
        mine.prepare_receive(IdealReceiver(1), share, share, None)
        mine.prepare_send(IdealSender(2))
        mine.send_prepared(channel)

    def server(channel):
        theirs.prepare_send(IdealSender(1))
        theirs.prepare_receive(IdealReceiver(2))
        theirs.receive_prepared(channel)

    both(client, server)
    word, high = bits + extend, bits - WINDOW
    of_client = 64 + WINDOW + bits + 1 + WINDOW + 4 * word + 1 + extend * (1 + 2 * high)
    of_server = 64 + 2 * WINDOW + 16 + 2 * (1 + word) + extend * 2 * (1 + high)
    for gate, kept in ((mine, of_client), (theirs, of_server)):
        assert N * kept // 8 <= stored_bytes(gate) <= N * kept // 8 + ROUNDING
