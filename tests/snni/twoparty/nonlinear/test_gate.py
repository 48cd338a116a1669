"""The steered gate against 1{x >= 0} x: every pair of shares at small windows, random ones beyond, edges always."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localsite.links.link import LINKS
from snni.errors import ParameterError
from snni.twoparty.nonlinear.compare import CompareShape
from snni.twoparty.nonlinear.comparisons import COMPARISONS, FLIGHT_BYTES, comparison_for
from snni.twoparty.nonlinear.gate_shape import GateShape
from snni.twoparty.nonlinear.gates import gate_client, gate_server
from snni.twoparty.nonlinear.leaf import Leaf
from snni.wire.turns import alone
from tests.support.chance import assert_uniform_bytes
from tests.support.ideal_ots import IdealReceiver, IdealSender, both

comparisons = pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=list(COMPARISONS))


def evaluate(shape: GateShape, c, s, seed=1, addend=None):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 1 << shape.bits, shape.payload, np.uint32)

    def client(channel):
        gate = gate_client(shape)
        gate.prepare_receive(IdealReceiver(seed), c, mask, addend)
        gate.prepare_send(IdealSender(seed + 1))
        gate.send_prepared(channel)
        alone(channel, gate.turns())

    def server(channel):
        gate = gate_server(shape)
        gate.prepare_send(IdealSender(seed))
        gate.prepare_receive(IdealReceiver(seed + 1))
        gate.receive_prepared(channel)
        return alone(channel, gate.turns(s))

    _, y, channel = both(client, server)
    return (y + mask) & np.uint32((1 << shape.bits) - 1), channel


def ideal(c, s, window, bits):
    x = (c.astype(np.int64) + s) & ((1 << window) - 1)
    x = np.where(x >= 1 << (window - 1), 0, x)
    return x & ((1 << bits) - 1)


@pytest.mark.parametrize("window", [2, 3, 5, 6, 8])
@pytest.mark.parametrize("extend_to", [0, 13, 20])
@comparisons
def test_every_pair_of_shares(window, extend_to, comparison):
    c, s = (g.astype(np.uint32).reshape(-1) for g in np.meshgrid(np.arange(1 << window), np.arange(1 << window)))
    bits = extend_to or window
    shape = GateShape(c.size, window, bits, extend=bool(extend_to), comparison=comparison)
    got, _ = evaluate(shape, c, s)
    assert np.array_equal(got, ideal(c, s, window, bits))


@comparisons
@settings(max_examples=25, deadline=None)
@given(window=st.integers(9, 31), extra=st.integers(0, 6), seed=st.integers(0, 2**31), n=st.integers(1, 300))
def test_random_and_edge_shares(window, extra, seed, n, comparison):
    rng = np.random.default_rng(seed)
    top = 1 << window
    x = np.concatenate([rng.integers(0, top, n), [0, 1, top // 2 - 1, top // 2, top - 1]])
    c = rng.integers(0, top, x.size).astype(np.uint32)
    s = ((x - c) % top).astype(np.uint32)
    bits = min(32, window + extra)
    shape = GateShape(x.size, window, bits, extend=bits > window, comparison=comparison)
    got, _ = evaluate(shape, c, s, seed=seed % 1000)
    assert np.array_equal(got, ideal(c, s, window, bits))


def signed(x, window):
    return (x.astype(np.int64) + (1 << (window - 1))) % (1 << window) - (1 << (window - 1))


def bit_of_high_bits(c, s, window, ignored):
    """The sign of the shares without their low bits, the server's moved by half of them."""
    half = max(0, (1 << ignored >> 1) - 1)
    high = (c >> ignored) + (((s + half) % (1 << window)) >> ignored)
    return high % (1 << (window - ignored)) < 1 << (window - ignored - 1)


@pytest.mark.parametrize(("window", "ignored"), [(3, 1), (5, 1), (5, 2), (6, 3), (7, 5), (8, 2), (8, 4)])
@pytest.mark.parametrize("extend_to", [0, 13, 20])
@comparisons
def test_every_pair_of_shares_with_low_bits_ignored(window, ignored, extend_to, comparison):
    """y is x or 0 as the shares' high bits say; for every x the client's share decides as often as is promised."""
    c, s = (g.astype(np.uint32).reshape(-1) for g in np.meshgrid(np.arange(1 << window), np.arange(1 << window)))
    x, half = signed(c + s, window), max(0, (1 << ignored >> 1) - 1)
    within = np.abs(x) < (1 << (window - 1)) - (1 << ignored)
    c, s, x = c[within], s[within], x[within]
    bits = extend_to or window
    got, _ = evaluate(GateShape(c.size, window, bits, bool(extend_to), comparison=comparison, ignored=ignored), c, s)
    passed = bit_of_high_bits(c, s, window, ignored)
    assert np.array_equal(got, np.where(passed, x, 0) & ((1 << bits) - 1))
    for value in np.unique(x):
        often = np.mean(passed[x == value])
        assert often == np.clip((value + half + 1) / (1 << ignored), 0, 1)
    assert passed[x > half].all() and not passed[x < -half].any()


@comparisons
@settings(max_examples=25, deadline=None)
@given(window=st.integers(9, 29), ignored=st.integers(1, 7), extra=st.integers(0, 3), seed=st.integers(0, 2**31))
def test_random_and_edge_shares_with_low_bits_ignored(window, ignored, extra, seed, comparison):
    rng = np.random.default_rng(seed)
    top = (1 << (window - 1)) - (1 << ignored)
    x = np.concatenate([rng.integers(-top + 1, top, 200), np.arange(-130, 131), [top - 1, 1 - top]])
    x = x[np.abs(x) < top]
    c = rng.integers(0, 1 << window, x.size).astype(np.uint32)
    c[:9] = [0, 1, 2, (1 << window) - 1, (1 << window) - 2, 1 << (window - 1), (1 << (window - 1)) - 1, 3, 4]
    s = ((x - c) % (1 << window)).astype(np.uint32)
    bits = window + extra
    shape = GateShape(x.size, window, bits, extend=bits > window, comparison=comparison, ignored=ignored)
    got, _ = evaluate(shape, c, s, seed=seed % 1000)
    passed = bit_of_high_bits(c, s, window, ignored)
    assert np.array_equal(got, np.where(passed, x, 0) & ((1 << bits) - 1))


@pytest.mark.parametrize("ignored", [-1, 7])
def test_a_comparison_keeps_a_bit(ignored):
    with pytest.raises(ParameterError, match="ignored of a window of 8"):
        GateShape(5, 8, 8, extend=False, ignored=ignored)


WIDE = [(7, 0, 8), (7, 1, 7), (8, 0, 7), (9, 1, 8), (9, 0, 8), (10, 0, 8), (8, 1, 6)]


@pytest.mark.parametrize(("window", "ignored", "slot_bits"), WIDE)
def test_every_pair_of_shares_by_wide_lookups(window, ignored, slot_bits):
    """One lookup of 6 to 8 bits, and two of which the second has a carry."""
    c, s = (g.astype(np.uint32).reshape(-1) for g in np.meshgrid(np.arange(1 << window), np.arange(1 << window)))
    x = signed(c + s, window)
    within = np.abs(x) < (1 << (window - 1)) - (1 << ignored) if ignored else np.full(x.size, True)
    c, s, x = c[within], s[within], x[within]
    shape = GateShape(c.size, window, 16, extend=True, ignored=ignored, slot_bits=slot_bits)
    got, channel = evaluate(shape, c, s)
    assert np.array_equal(got, np.where(bit_of_high_bits(c, s, window, ignored), x, 0) & 0xFFFF)
    assert channel.flights - 1 == 2 * len(shape.compare.digits) == (2 if window - 1 - ignored <= slot_bits else 4)


@settings(max_examples=25, deadline=None)
@given(window=st.integers(9, 24), slot_bits=st.integers(5, 8), seed=st.integers(0, 2**31))
def test_random_and_edge_shares_by_wide_lookups(window, slot_bits, seed):
    rng, top = np.random.default_rng(seed), 1 << window
    x = np.concatenate([rng.integers(0, top, 200), [0, 1, top // 2 - 1, top // 2, top - 1]])
    c = rng.integers(0, top, x.size).astype(np.uint32)
    s = ((x - c) % top).astype(np.uint32)
    got, _ = evaluate(GateShape(x.size, window, window, False, slot_bits=slot_bits), c, s, seed=seed % 1000)
    assert np.array_equal(got, ideal(c, s, window, window))


@pytest.mark.parametrize(
    ("bits", "slot_bits", "indices"), [(7, 7, (7,)), (8, 8, (8,)), (9, 8, (5, 5)), (17, 8, (7, 6, 6))]
)
def test_lookups_are_as_few_as_their_slots_allow_and_even(bits, slot_bits, indices):
    assert GateShape(3, bits + 1, bits + 1, False, slot_bits=slot_bits).compare.indices == indices


def test_a_comparison_takes_wide_lookups_where_a_flight_is_worth_the_bytes():
    """Seven bits of a word each: 128 slots in place of two words of 16, twelve bytes a value more for two flights."""
    for n, flight_bytes, indices in (
        (1000, 0, (4, 4)),
        (1000, 6000, (4, 4)),  # as dear: the narrower
        (1000, 6001, (7,)),
        (1001, 6001, (4, 4)),
    ):
        shape = GateShape(n, 11, 19, True, ignored=3, comparison=comparison_for("leaf", "loopback"))
        assert shape.compare.indices == (4, 4)
        assert GateShape(n, 11, 19, True, ignored=3, comparison=Leaf(flight_bytes)).compare.indices == indices


def test_tables_take_no_wide_lookups_whatever_the_link():
    shape = GateShape(9, 11, 19, True, ignored=3, comparison=comparison_for("tables", "wan"))
    assert shape.compare.indices == (4, 4)


def test_links_are_those_that_the_bench_measures_over():
    """A flight carries the rate times the one-way delay; on loopback bytes alone count."""
    for name, link in LINKS.items():
        assert round(link.rate * link.one_way_s) == FLIGHT_BYTES[name]
    assert set(LINKS) == set(FLIGHT_BYTES)


@pytest.mark.parametrize("slot_bits", [4, 9])
def test_slots_outside_five_to_eight_bits_are_refused(slot_bits):
    with pytest.raises(ParameterError, match="lookups of"):
        CompareShape(3, 8, slot_bits=slot_bits)


def test_tables_keep_to_thirty_two_slots():
    assert GateShape(3, 9, 9, False, comparison=COMPARISONS["tables"], slot_bits=8).compare.slot_bits == 5


@comparisons
def test_lanes_follow_the_first_payload(comparison):
    rng = np.random.default_rng(3)
    for window in (10, 13):
        top = 1 << window
        shape = GateShape(500, window, window, extend=False, lanes=2, comparison=comparison)
        c, s = (rng.integers(0, top, 1000, np.uint32) for _ in range(2))
        got, _ = evaluate(shape, c, s)
        positive = ((c + s) % top)[:500] < top // 2
        assert np.array_equal(got, np.where(np.tile(positive, 2), (c + s) % top, 0))


@pytest.mark.parametrize(
    ("comparison", "window", "flights"),
    [
        *(("leaf", window, flights) for window, flights in ((5, 2), (6, 2), (10, 4), (14, 6), (31, 16))),
        *(("tables", window, flights) for window, flights in ((6, 2), (10, 2), (14, 4), (18, 6), (31, 10))),
    ],
)
def test_flights(comparison, window, flights):
    """leaf: two a digit. tables: two, and two for every two digits above the lowest, but for two digits."""
    c = np.zeros(8, np.uint32)
    _, channel = evaluate(GateShape(8, window, window, extend=False, comparison=COMPARISONS[comparison]), c, c)
    assert channel.flights - 1 == flights  # one offline flight carries the leaf choices, or the tables


@pytest.mark.parametrize(("window", "bits", "two"), [(12, 31, True), (13, 32, False), (10, 10, True), (32, 32, True)])
def test_a_gate_takes_two_flights_where_words_have_room(window, bits, two):
    """A word has a bit more when extending. By leaves none does."""
    for comparison, expected in (("tables", two), ("leaf", False)):
        sizes = {"extend": bits > window, "ignored": window - 10, "comparison": COMPARISONS[comparison]}
        assert GateShape(8, window, bits, **sizes).two_flights is expected


@comparisons
def test_what_the_server_sends_is_uniform(comparison):
    """Equal inputs, many instances: everything sent for a constant input looks like coin flips."""
    n = 1 << 15
    c = np.full(n, 1234, np.uint32)
    sent = []

    def client(channel):
        gate = gate_client(shape)
        gate.prepare_receive(IdealReceiver(5), c, c, None)
        gate.prepare_send(IdealSender(6))
        gate.send_prepared(channel)
        receive = channel.recv
        channel.recv = lambda *args, **kw: sent.append(receive(*args, **kw)) or sent[-1]
        alone(channel, gate.turns())

    def server(channel):
        gate = gate_server(shape)
        gate.prepare_send(IdealSender(5))
        gate.prepare_receive(IdealReceiver(6))
        gate.receive_prepared(channel)
        return alone(channel, gate.turns(c))

    shape = GateShape(n, 13, 20, extend=True, comparison=comparison)
    both(client, server)
    for payload in sent:
        assert_uniform_bytes(payload)
