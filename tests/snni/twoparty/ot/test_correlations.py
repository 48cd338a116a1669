"""Every derived correlation between both parties in full, and what the receiver must not know."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.chance import assert_fair, assert_uniform
from tests.support.ideal_ots import crossed_of

N = 20_011


def bit(values: np.ndarray, at: np.ndarray | int) -> np.ndarray:
    return (values >> np.asarray(at, dtype=values.dtype)) & values.dtype.type(1)


@pytest.mark.parametrize("k", [2, 4, 8])
@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
def test_leaf_pad_of_the_chosen_slot_is_the_senders(make_pair, k: int, bits: int) -> None:
    pads, (rho, pad) = make_pair(k=k, chunk=1 << 14).ask("leaf", N, bits)
    assert rho.max() == 2**bits - 1 and pad.max() == 1
    assert np.array_equal(bit(pads, rho), pad)
    unused = np.uint32(0xFFFFFFFF ^ ((1 << 2**bits) - 1))
    assert not (pads & unused).any()


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
def test_leaf_choices_are_uniform(shared_pair, bits: int) -> None:
    _, (rho, _) = shared_pair.ask("leaf", N, bits)
    for b in range(bits):
        assert_fair(rho >> b & 1, b)
    assert_uniform(rho, 2**bits)


def test_no_slots_of_a_leaf_cancel(shared_pair) -> None:
    """Any two pads differ in a fair coin; so does the XOR over any affine plane of slots, which is what cancels when
    the hashes of the base transfers are combined without a slot of their own."""
    pads, _ = shared_pair.ask("leaf", N, 5)
    slots = [bit(pads, s) for s in range(32)]
    for a, b in combinations(range(32), 2):
        assert_fair(slots[a] ^ slots[b], (a, b))
    for a, x, y in product(range(32), range(1, 32), range(1, 32)):
        if x < y:
            assert_fair(slots[a] ^ slots[a ^ x] ^ slots[a ^ y] ^ slots[a ^ x ^ y], (a, x, y))


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 5])
def test_other_slots_are_independent_of_all_the_receiver_holds(shared_pair, bits: int) -> None:
    pads, (rho, pad) = shared_pair.ask("leaf", N, bits)
    for offset in range(1, 2**bits):
        other = rho.astype(np.uint32) ^ np.uint32(offset)
        hidden = bit(pads, other)
        assert_fair(hidden, offset)
        for known in (pad, *(rho >> b & 1 for b in range(bits))):
            assert_fair(hidden ^ known, offset)


def slots_of(pads: np.ndarray, bits: int) -> list[np.ndarray]:
    """The planes of wide pads: uint8 [n, 2^bits] each, two at 6 bits."""
    spread = np.unpackbits(pads.view(np.uint8), axis=1, bitorder="little")
    return [spread[:, at : at + 2**bits] for at in range(0, 128 if bits == 6 else 2**bits, 2**bits)]


@pytest.mark.parametrize("k", [2, 4, 8])
@pytest.mark.parametrize("bits", [6, 7, 8])
def test_wide_pad_of_the_chosen_slot_is_the_senders(make_pair, k: int, bits: int) -> None:
    pads, (rho, pad) = make_pair(k=k, chunk=1 << 14).ask("wide", N, bits)
    assert pads.shape == (N, 8 if bits == 8 else 4) and rho.max() == 2**bits - 1
    rows = np.arange(N)
    chosen = sum(plane[rows, rho] << at for at, plane in enumerate(slots_of(pads, bits)))
    assert np.array_equal(chosen, pad)


@pytest.mark.parametrize("bits", [6, 7, 8])
def test_other_wide_slots_are_independent_of_all_the_receiver_holds(shared_pair, bits: int) -> None:
    pads, (rho, pad) = shared_pair.ask("wide", N, bits)
    rows = np.arange(N)
    assert_uniform(rho, 2**bits)
    for plane in slots_of(pads, bits):
        for offset in range(1, 2**bits):
            hidden = plane[rows, rho ^ offset]
            for known in (0, pad & 1, pad >> 1, rho & 1, rho >> (bits - 1)):
                assert_fair(hidden ^ known, offset)


@pytest.mark.parametrize("bits", [6, 7, 8])
def test_no_slots_of_a_wide_lookup_cancel(shared_pair, bits: int) -> None:
    """Any two of a sample of slots differ in a fair coin; so does each affine plane through them, those along two
    transfers among them, and so do a slot's two bits."""
    pads, _ = shared_pair.ask("wide", N, bits)
    planes, rng = slots_of(pads, bits), np.random.default_rng(bits)
    along = [(1 << one, 1 << two) for one, two in combinations(range(bits), 2)]
    directions = [(int(x), int(y)) for x, y in rng.integers(1, 2**bits, (400, 2)) if x != y]
    for plane in planes:
        for x, y in along * 4 + directions:
            a = int(rng.integers(0, 2**bits))
            assert_fair(plane[:, a] ^ plane[:, a ^ x], (a, x))
            assert_fair(plane[:, a] ^ plane[:, a ^ x] ^ plane[:, a ^ y] ^ plane[:, a ^ x ^ y], (a, x, y))
    for s in range(2**bits if len(planes) == 2 else 0):
        assert_fair(planes[0][:, s] ^ planes[1][:, s], s)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_bits2(make_pair, k: int) -> None:
    (m0, m1), (rho, message) = make_pair(k=k).ask("bits2", N)
    assert np.array_equal(np.where(rho == 1, m1, m0), message)
    assert m0.max() == m1.max() == 3 and rho.max() == 1
    other = np.where(rho == 1, m0, m1)
    for b in range(2):
        for known in (message & 1, message >> 1, rho):
            assert_fair((other >> b & 1) ^ known, b)


@pytest.mark.parametrize("width", [1, 7, 16, 26, 31, 32])
def test_pads(shared_pair, width: int) -> None:
    (p0, p1), (rho, pad) = shared_pair.ask("pads", N, width)
    assert np.array_equal(np.where(rho == 1, p1, p0), pad)
    assert int(max(p0.max(), p1.max())) < 2**width
    other = np.where(rho == 1, p0, p1)
    for b in range(width):
        assert_fair(bit(other, b), b)
        assert_fair(bit(other, b) ^ bit(pad, b), b)


@pytest.mark.parametrize("k", [2, 4, 8])
def test_crossed(make_pair, k: int) -> None:
    """The first bit's pads, the second's and both's are the receiver's; all others are fair coins to it, and among each
    other."""
    pads, (rho, pad) = make_pair(k=k, chunk=1 << 14).ask("crossed", N)
    assert np.array_equal(crossed_of(pads, rho), pad)
    assert_uniform(rho, 4)
    assert pads[:, 2:].max() < 2**19
    rows, first, second = np.arange(N), rho & 1, rho >> 1
    a, e, m, b = pads[:, :2], pads[:, 2:4], pads[:, 4:6], pads[:, 6:]
    for bit_at in range(32):
        assert_fair(bit(a[rows, 1 - first] ^ pad[:, 0], bit_at), bit_at)
        for other in (e[rows, 1 - first], m[rows, 1 - second], b[rows, rho ^ 1], b[rows, rho ^ 2], b[rows, rho ^ 3]):
            for known in (0 * rho, a[rows, 1 - first], *pad.T):
                assert_fair(bit(other, bit_at % 19) ^ bit(known, bit_at % 19), bit_at)
    everything = np.bitwise_xor.reduce(b, axis=1)
    for bit_at in range(19):
        assert_fair(bit(everything, bit_at), bit_at)
        for one, two in combinations(range(2, 10), 2):
            assert_fair(bit(pads[:, one] ^ pads[:, two], bit_at), (one, two))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["leaf", "wide", "bits2", "pads", "crossed"]), st.integers(0, 9000), st.integers(1, 32))
def test_any_size_in_any_order(shared_pair, kind: str, n: int, width: int) -> None:
    rows = np.arange(n)
    if kind == "leaf":
        pads, (rho, pad) = shared_pair.ask("leaf", n, 1 + width % 5)
        assert np.array_equal(bit(pads, rho), pad)
    elif kind == "wide":
        pads, (rho, pad) = shared_pair.ask("wide", n, 6 + width % 3)
        assert np.array_equal(slots_of(pads, 6 + width % 3)[0][rows, rho], pad & 1)
    elif kind == "crossed":
        pads, (rho, pad) = shared_pair.ask("crossed", n)
        assert np.array_equal(crossed_of(pads, rho), pad)
    else:
        (m0, m1), (rho, message) = shared_pair.ask(kind, n, *([width] if kind == "pads" else []))
        assert np.array_equal(np.where(rho == 1, m1, m0), message)
