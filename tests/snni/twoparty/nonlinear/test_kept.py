"""What a prepared gate waits with: no more bits than its rings have."""

import numpy as np
import pytest

from snni.twoparty.nonlinear.compare import ComparisonName
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.kept import Kept
from snni.wire.channel import Channel
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


def prepared(bits: int, comparison: ComparisonName) -> tuple[object, object, GateShape]:
    """(client's, server's, shape): a gate over two digits."""
    shape = GateShape(N, WINDOW, bits, extend=bits > WINDOW, comparison=COMPARISONS[comparison], ignored=1)
    assert shape.compare.indices == (5, 5)
    share = np.zeros(N, np.uint32)
    mine, theirs = gate_client(shape), gate_server(shape)

    def client(channel: Channel) -> None:
        mine.prepare_receive(IdealReceiver(1), share, share, None)
        mine.prepare_send(IdealSender(2))
        mine.send_prepared(channel)

    def server(channel: Channel) -> None:
        theirs.prepare_send(IdealSender(1))
        theirs.prepare_receive(IdealReceiver(2))
        theirs.receive_prepared(channel)

    both(client, server)
    return mine, theirs, shape


def keeps(gate: object, bits: int) -> bool:
    return N * bits // 8 <= stored_bytes(gate) <= N * bits // 8 + ROUNDING


@pytest.mark.parametrize("bits", [WINDOW, 20])
def test_a_gate_by_tables_keeps_its_bits_and_no_more(bits: int) -> None:
    """Both parties' tables have 32 slots. The client: share, its mask, lambda, p_lambda, four pads of words, a mask of
    the carry; lambda', kappa, mu. The server: p_0, p_1, rho, both choices and pads; two masks and their products."""
    mine, theirs, shape = prepared(bits, "tables")
    assert shape.two_flights
    extend, word, high = shape.extend, bits + shape.extend, bits - WINDOW
    assert keeps(mine, 64 + WINDOW + bits + 1 + WINDOW + 4 * word + 1 + extend * (1 + 2 * high))
    assert keeps(theirs, 64 + 2 * WINDOW + 16 + 2 * (1 + word) + extend * 2 * (1 + high))


@pytest.mark.parametrize("bits", [WINDOW, 20])
def test_a_gate_by_leaves_keeps_its_bits_and_no_more(bits: int) -> None:
    """The client: of each digit a byte of rho and one of a pad; share, its mask, lambda, p_lambda, products. The
    server: 32 slots and a byte of each digit; p_0, p_1, choices, lambda, products."""
    mine, theirs, _ = prepared(bits, "leaf")
    high = bits - WINDOW
    assert keeps(mine, 32 + WINDOW + bits + 1 + bits + bits + 3 * high)
    assert keeps(theirs, 64 + 16 + 2 * bits + 2 + 1 + bits + 3 * high)
