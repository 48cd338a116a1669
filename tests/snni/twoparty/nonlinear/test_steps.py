"""Each nonlinear step against plain arithmetic on the revealed, truncated input."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snni.errors import ParameterError, WireError
from snni.ring.truncation import truncate_mask, truncate_masked
from snni.twoparty.nonlinear.all_pairs import AllPairsClient, AllPairsServer, AllPairsShape
from snni.twoparty.nonlinear.argmax import ArgmaxClient, ArgmaxServer, ArgmaxShape
from snni.twoparty.nonlinear.clip import ClipClient, ClipServer, ClipShape
from snni.twoparty.nonlinear.comparisons import COMPARISONS
from snni.twoparty.nonlinear.maxpool import MaxPoolClient, MaxPoolServer, MaxPoolShape
from snni.twoparty.nonlinear.relu import ReluClient, ReluServer, ReluShape
from snni.twoparty.nonlinear.rescale import RescaleClient, RescaleServer, RescaleShape
from snni.twoparty.nonlinear.tags import Tag
from snni.wire.memory_channel import channel_pair
from snni.wire.packing import pack
from snni.wire.turns import alone
from tests.support.ideal_ots import IdealReceiver, IdealSender, both

POOLS = (MaxPoolClient, MaxPoolServer)
comparisons = pytest.mark.parametrize("comparison", COMPARISONS.values(), ids=list(COMPARISONS))


def share(x, bits, seed):
    c = np.random.default_rng(seed).integers(0, 1 << bits, x.shape, np.uint32)
    return c, ((x - c.astype(np.int64)) & ((1 << bits) - 1)).astype(np.uint32)


def signed(x, bits):
    x = x.astype(np.int64) & ((1 << bits) - 1)
    return np.where(x >= 1 << (bits - 1), x - (1 << bits), x)


def truncated(c, s, k, f, m):
    """The value that the layer works on, exactly, from both shares."""
    return signed(truncate_mask(c, f, m) + truncate_masked(s, k, f, m), m)


def run(client_layer, server_layer, c, s, seed=1):
    def client(channel):
        out = client_layer.prepare_receive(IdealReceiver(seed), c, None)
        client_layer.prepare_send(IdealSender(seed + 1))
        client_layer.send_prepared(channel)
        alone(channel, client_layer.turns())
        return out, client_layer.reveal(channel) if hasattr(client_layer, "reveal") else None

    def server(channel):
        server_layer.prepare_send(IdealSender(seed))
        server_layer.prepare_receive(IdealReceiver(seed + 1))
        server_layer.receive_prepared(channel)
        out = alone(channel, server_layer.turns(s))
        if hasattr(server_layer, "reveal"):
            server_layer.reveal(channel, out)
        return out

    (c_out, revealed), s_out, _ = both(client, server)
    return c_out + s_out, revealed


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), k=st.integers(16, 26), f=st.integers(0, 8))
def test_relu_truncates_and_extends(seed, k, f):
    m, out_bits = min(13, k - f), 22
    x = np.random.default_rng(seed).integers(-(1 << (m - 2)) << f, (1 << (m - 2)) << f, (3, 4, 5))
    c, s = share(x, k, seed + 1)
    shape = ReluShape(x.shape, k, f, m, out_bits)
    y, _ = run(ReluClient(shape), ReluServer(shape), c, s)
    y = signed(y, out_bits)
    assert np.array_equal(y, np.maximum(truncated(c, s, k, f, m), 0))
    assert np.all(np.abs(y - np.maximum(x / (1 << f), 0)) < 1)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), k=st.integers(16, 26), f=st.integers(0, 8))
def test_clip_is_within_one_unit_of_the_clipped_quotient(seed, k, f):
    """Limits of a channel each, values on both sides of 0 and of the limits; exact without truncation."""
    m, out_bits, rng = min(13, k - f), 22, np.random.default_rng(seed)
    limits = rng.integers(1, 1 << (m - 2 + f), 3)
    x = rng.integers(-(1 << (m - 2)) << f, (1 << (m - 2)) << f, (3, 4, 5))
    edges = rng.integers(-2, 3, (3, 5)) + np.where(rng.integers(0, 2, (3, 5)), limits[:, None], 0)
    x[:, 0] = edges
    c, s = share(x, k, seed + 1)
    shape = ClipShape(x.shape, k, f, m, out_bits)
    y, _ = run(ClipClient(shape), ClipServer(shape, limits.astype(np.uint32)), c, s)
    y, ideal = signed(y, out_bits), np.clip(x, 0, limits[:, None, None]) / (1 << f)
    assert np.all(np.abs(y - ideal) < 1)
    assert np.all(y[x <= 0] == 0) and (f or np.array_equal(y, ideal))


def of_high_bits(c, s, m, g):
    """x where the shares without their g low bits have a positive sum, the server's moved by half of them; else 0."""
    half = max(0, (1 << g >> 1) - 1)
    high = (c >> g) + (((s + half) % (1 << m)) >> g)
    return np.where(high % (1 << (m - g)) < 1 << (m - g - 1), signed(c + s, m), 0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 30), f=st.integers(0, 8), g=st.integers(1, 6), limited=st.booleans())
def test_relu_and_clip_ignore_low_bits_next_to_zero_only(seed, f, g, limited):
    """Exactly what the shares' high bits say; off from the clipped quotient by one unit and what the bits hide."""
    k, m, out_bits, rng = 24, 13, 22, np.random.default_rng(seed)
    hidden = max(0, (1 << g >> 1) - 1)
    limits = rng.integers(1, 1 << (m - 2 + f), 3)
    x = rng.integers(-(1 << (m - 3)) << f, (1 << (m - 3)) << f, (3, 20, 5))
    x[:, :10] = rng.integers(-(2 << (f + g)), (2 << (f + g)) + 1, (3, 10, 5))
    x[:, :5] += limits[:, None, None] * int(limited)
    c, s = share(x, k, seed + 1)
    if not limited:
        shape = ReluShape(x.shape, k, f, m, out_bits, ignored=g)
        y, _ = run(ReluClient(shape), ReluServer(shape), c, s)
        exact = of_high_bits(truncate_mask(c, f, m), truncate_masked(s, k, f, m), m, g)
        ideal, units = np.maximum(x, 0) / (1 << f), hidden
    else:
        shape = ClipShape(x.shape, k, f, m, out_bits, ignored=g)
        y, _ = run(ClipClient(shape), ClipServer(shape, limits.astype(np.uint32)), c, s)
        above = ((s.astype(np.int64) - limits[:, None, None]) % (1 << k)).astype(np.uint32)
        halves = [of_high_bits(truncate_mask(c, f, m), truncate_masked(t, k, f, m), m, g) for t in (s, above)]
        exact = halves[0] - halves[1]
        ideal, units = np.clip(x, 0, limits[:, None, None]) / (1 << f), 2 * hidden
    y = signed(y, out_bits)
    assert np.array_equal(y, exact)
    assert np.all(np.abs(y - ideal) < 1 + units)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1 << 30), g=st.integers(1, 5), kernel=st.integers(2, 3), padding=st.integers(0, 1))
def test_maxpool_ignores_low_bits_of_near_values_only(seed, g, kernel, padding):
    """Each round may keep the smaller of two values that are nearer than the bits can tell."""
    k, f, w, size = 20, 5, 13, 8
    side = (size + 2 * padding - kernel) // 2 + 1
    x = np.random.default_rng(seed).integers(-(40 << f), 40 << f, (2, size, size))
    c, s = share(x, k, seed + 1)
    windowed = ((kernel,) * 2, (2, 2), (padding,) * 2)
    shape = MaxPoolShape((2, size, size), (2, side, side), *windowed, k, f, w, ignored=g)
    y, _ = run(MaxPoolClient(shape), MaxPoolServer(shape), c, s)
    expected = plain_max_pool(truncated(c, s, k, f, w), (2, side, side), *windowed)
    behind = expected - signed(y, w)
    assert behind.min() >= 0 and behind.max() <= 2 * (kernel - 1) * max(0, (1 << g >> 1) - 1)


def test_maxpool_does_ignore_low_bits():
    """The first round compares the shares as they came in, drawn from one seed here: some maxima are always lost in it,
    whatever is drawn later."""
    k, f, w, g, side = 20, 5, 13, 5, 12
    x = np.random.default_rng(7).integers(-(40 << f), 40 << f, (2, 24, 24))
    c, s = share(x, k, 8)
    windowed = ((2, 2), (2, 2), (0, 0))
    y, _ = run(*(kind(MaxPoolShape(x.shape, (2, side, side), *windowed, k, f, w, ignored=g)) for kind in POOLS), c, s)
    assert (plain_max_pool(truncated(c, s, k, f, w), (2, side, side), *windowed) > signed(y, w)).any()


@pytest.mark.parametrize("limit", [1, 5, 37, 127])
def test_clip_over_every_share_of_every_value(limit):
    """All shares of all values of an 8-bit ring that fit its window, no truncation: exact."""
    c, x = np.meshgrid(np.arange(256, dtype=np.uint32), np.arange(-127 + limit, 128))
    c, x = c.reshape(1, 1, -1), x.reshape(1, 1, -1)
    s = ((x - c.astype(np.int64)) & 255).astype(np.uint32)
    shape = ClipShape(x.shape, 8, 0, 8, 12)
    y, _ = run(ClipClient(shape), ClipServer(shape, np.array([limit], np.uint32)), c, s)
    assert np.array_equal(signed(y, 12), np.clip(x, 0, limit))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), k=st.integers(16, 26), f=st.integers(0, 8))
def test_rescale_keeps_the_sign(seed, k, f):
    m, out_bits = min(13, k - f), 24
    x = np.random.default_rng(seed).integers((1 - (1 << (m - 2))) << f, ((1 << (m - 2)) - 1) << f, (2, 3, 7))
    c, s = share(x, k, seed + 1)
    shape = RescaleShape(x.shape, k, f, m, out_bits)
    y, _ = run(RescaleClient(shape), RescaleServer(shape), c, s)
    assert np.array_equal(signed(y, out_bits), truncated(c, s, k, f, m))


def plain_max_pool(x, out_shape, kernel, stride, padding):
    out = np.empty(out_shape, np.int64)
    for i in range(out_shape[1]):
        for j in range(out_shape[2]):
            top, left = i * stride[0] - padding[0], j * stride[1] - padding[1]
            patch = x[:, max(0, top) : top + kernel[0], max(0, left) : left + kernel[1]]
            out[:, i, j] = patch.max(axis=(1, 2))
    return out


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 1 << 30),
    size=st.tuples(st.integers(4, 9), st.integers(4, 9)),
    kernel=st.integers(2, 4),
    stride=st.integers(1, 3),
    padding=st.integers(0, 1),
    ceil=st.booleans(),
)
def test_maxpool(seed, size, kernel, stride, padding, ceil):
    def out(side):
        full = (side + 2 * padding - kernel + (stride - 1 if ceil else 0)) // stride + 1
        return full - 1 if ceil and (full - 1) * stride >= side + padding else full

    k, f, w = 20, 5, 13
    out_shape = (2, out(size[0]), out(size[1]))
    x = np.random.default_rng(seed).integers(-2047 << f, 2047 << f, (2, *size))
    c, s = share(x, k, seed + 1)
    shape = MaxPoolShape((2, *size), out_shape, (kernel,) * 2, (stride,) * 2, (padding,) * 2, k, f, w)
    y, _ = run(MaxPoolClient(shape), MaxPoolServer(shape), c, s)
    expected = plain_max_pool(truncated(c, s, k, f, w), out_shape, (kernel,) * 2, (stride,) * 2, (padding,) * 2)
    assert np.array_equal(signed(y, w), expected)


def test_squeezenet_pools_cost_six_comparisons_a_window():
    shape = MaxPoolShape((64, 111, 111), (64, 55, 55), (3, 3), (2, 2), (0, 0), 20, 7, 13)
    assert shape.comparisons == 64 * (2 * 111 * 55 + 2 * 55 * 55)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 10])
def test_argmax_reveals_the_first_largest(count):
    shape = ArgmaxShape(count, 18)
    rng = np.random.default_rng(count)
    for trial in range(6):
        x = rng.integers(-3, 4, count) if trial % 2 else rng.integers(-(1 << 16), 1 << 16, count)
        c, s = share(x, 24, trial)
        _, index = run(ArgmaxClient(shape), ArgmaxServer(shape), c, s)
        assert index == int(np.argmax(x))


@pytest.mark.parametrize("count", [2, 3, 4])
@comparisons
def test_all_pairs_reveal_the_first_largest(count, comparison):
    shape = AllPairsShape(count, 18, comparison)
    rng = np.random.default_rng(count)
    for trial in range(8):
        x = rng.integers(-3, 4, count) if trial % 2 else rng.integers(-(1 << 16), 1 << 16, count)
        c, s = share(x, 24, trial)
        _, index = run(AllPairsClient(shape), AllPairsServer(shape), c, s, seed=trial)
        assert index == int(np.argmax(x))


@pytest.mark.parametrize("count", [2, 3, 4])
def test_every_order_of_few_values_has_its_winner(count):
    """By the bits of all pairs, and some index below the count where the bits are of no order."""
    shape = AllPairsShape(count, 18)
    for x in product(range(count), repeat=count):
        bits = [int(x[i] >= x[j]) for i, j in shape.pairs]
        assert shape.winner(bits) == int(np.argmax(x))
    assert shape.winners.size == 64 and set(shape.winners) == set(range(count))


@pytest.mark.parametrize("count", [1, 5])
def test_all_pairs_are_of_two_to_four_values(count):
    with pytest.raises(ParameterError, match="all pairs of"):
        AllPairsShape(count, 18)


@pytest.mark.parametrize("changed", [2, 3])
def test_a_slot_that_holds_no_index_is_refused(changed):
    """Of two values: the second plane must be 0 under its pad."""
    shape = AllPairsShape(2, 18)
    client, ends = AllPairsClient(shape), channel_pair()
    client.prepare_receive(IdealReceiver(1), np.zeros(2, np.uint32), None)
    bits = int(client._pad) ^ changed
    planes = np.array([0 - (bits & 1), 0 - (bits >> 1)], np.int64).view(np.uint32)
    ends[1].send(Tag.REVEAL, pack(planes, 32))
    with pytest.raises(WireError, match="no index below 2"):
        client.reveal(ends[0])


@pytest.mark.parametrize("sent", [2, 3, (1 << 18) - 1])
def test_an_index_that_is_none_is_refused(sent):
    """What the server's last message opens must name a value: here one of two."""
    shape = ArgmaxShape(2, 18)
    client, ends = ArgmaxClient(shape), channel_pair()
    index = client.prepare_receive(IdealReceiver(1), np.zeros(2, np.uint32), None)[0]
    share = np.array([(sent - int(index)) % (1 << 18)], np.uint32)
    ends[1].send(Tag.REVEAL, pack(share, 18))
    with pytest.raises(WireError, match="no index below 2"):
        client.reveal(ends[0])
