"""Whole protocols on each instruction set that this CPU has, the portable one among them: the same bytes everywhere."""

from hashlib import sha256

import numpy as np
import pytest

from snni import _aes
from snni.twoparty import _linear, _nonlinear, _ot
from snni.twoparty.linear import PARAMETER_SETS, SMALL, ConvGeometry, conv_ring
from snni.twoparty.linear.client import ntt_of
from tests.snni.twoparty.linear import fixed_seeds, round_trip
from tests.snni.twoparty.linear.layer_cases import case
from tests.snni.twoparty.linear.plain_conv import plain_conv
from tests.snni.twoparty.ot import ferret_seeds, softspoken_seeds

LEVELS = [("portable", "portable"), ("portable", "aesni"), ("avx2", "aesni"), ("avx2", "vaes256")]
LEVELS += [("avx512", "vaes512"), ("avx512ifma", "vaes512"), ("avx512vnni", "vaes512"), ("portable", "armv8")]
HERE = [level for level in LEVELS if level[0] in _linear.isas() and level[1] in _ot.isas()]


def use(kernels, ciphers):
    _linear.use_isa(kernels, ciphers)
    for module in (_ot, _aes, _nonlinear):
        module.use_isa(ciphers)
    ntt_of.cache_clear()


def each(request):
    use(*request.param)
    yield request.param
    use(_linear.isas()[-1], _ot.isas()[-1])


level = pytest.fixture(params=HERE, ids="-".join)(each)
# The portable AES is slow: what draws much of it runs on the others (its kernels: test_aes.py).
fast_level = pytest.fixture(params=[one for one in HERE if one[1] != "portable"], ids="-".join)(each)


def test_every_instruction_set_of_this_cpu_is_among_the_levels():
    assert {kernels for kernels, _ in HERE} == set(_linear.isas())
    assert {ciphers for _, ciphers in HERE} == set(_ot.isas()) == set(_aes.isas()) == set(_nonlinear.isas())
    assert _linear.isas()[0] == _ot.isas()[0] == "portable"


def test_the_choice_is_obeyed(level):
    vectors = level[0].startswith("avx512")
    assert _linear.Ntt(SMALL.degree, SMALL.modulus).has_vector == vectors


@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
def test_linear_messages(level, params):
    assert fixed_seeds.messages(params) == fixed_seeds.GOLDEN[params]


@pytest.mark.parametrize("k", [2, 3, 4])
def test_softspoken_messages(level, k):
    assert softspoken_seeds.digests(k) == softspoken_seeds.GOLDEN[k]


def test_softspoken_messages_of_the_largest_groups(fast_level):
    assert softspoken_seeds.digests(8) == softspoken_seeds.GOLDEN[8]


@pytest.mark.parametrize("lpn", [16, 17])
def test_ferret_messages(fast_level, lpn):
    assert ferret_seeds.digests(lpn) == ferret_seeds.GOLDEN[lpn]


def pads(bits):
    """Of a session with fixed seeds, both messages of each transfer uint32 [2, 37]: so many fill no register."""
    sender, receiver = softspoken_seeds.native(2)
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    rho, made, pad = np.empty(37, np.uint8), np.empty((2, 37), np.uint32), np.empty(37, np.uint32)
    sender.pads(receiver.pads(bits, rho, pad), bits, *made)
    assert np.array_equal(pad, np.where(rho, made[1], made[0]))
    return made


def test_pads_of_short_messages(level):
    whole = pads(32)
    assert sha256(whole.tobytes()).hexdigest()[:16] == "74ca25752b45b4af"
    for bits in (1, 16, 31):
        assert np.array_equal(pads(bits), whole & np.uint32((1 << bits) - 1))


@pytest.mark.parametrize(
    "name", ["strips across frames", "channels share a ciphertext", "depthwise", "twenty-six bits"]
)
def test_shares_add_up(level, name):
    geometry, batch = round_trip.CASES[name]
    assert np.abs(round_trip.errors(geometry, batch)).max() <= 1


@pytest.mark.parametrize("side", [1, 2, 5, 9, 17])
@pytest.mark.parametrize("outputs", [1, 3, 15])
def test_online_products(level, side, outputs):
    """Odd counts of rows and columns: every tile height, and columns that fill no register."""
    geometry = ConvGeometry(3, side, side, outputs, (1, 1), (1, 1), (1, 1), 1, 26)
    weights, x = case(geometry, side)
    assert np.array_equal(conv_ring(geometry, weights, x), plain_conv(geometry, weights, x))


def test_unknown_instruction_sets_are_refused():
    for attempt in (
        lambda: _aes.use_isa("z80"),
        lambda: _ot.use_isa("z80"),
        lambda: _linear.use_isa("z80", "portable"),
        lambda: _linear.use_isa("portable", "z80"),
    ):
        with pytest.raises(ValueError, match="instruction set"):
            attempt()


@pytest.mark.parametrize("bits", range(1, 6))
def test_tables_are_permuted_by_rho(level, bits):
    """After all stages both shares add up to the table, slot i at i XOR rho; 37 fills no register."""
    rng, n, slots = np.random.default_rng(bits), 37, 1 << bits
    client = rng.integers(0, 1 << slots, n, np.uint64).astype(np.uint32)
    table, server = client.copy(), np.zeros(n, np.uint32)
    rho = rng.integers(0, 2, (bits, n), np.uint8)
    for stage in range(bits):
        pads = rng.integers(0, 1 << 32, (2, n), np.uint64).astype(np.uint32)
        correction = np.empty(n, np.uint32)
        _nonlinear.table_swap_client(client, stage, bits, pads[0], pads[1], correction)
        assert correction.max() < 1 << (slots // 2)
        pad = np.where(rho[stage], pads[1], pads[0]).astype(np.uint16)
        _nonlinear.table_swap_server(server, stage, bits, rho[stage], pad, correction)
    shift = (rho.astype(np.uint32) << np.arange(bits, dtype=np.uint32)[:, None]).sum(axis=0)
    for slot in range(slots):
        want = table >> (slot ^ shift) & 1
        assert np.array_equal((client ^ server) >> np.uint32(slot) & 1, want), slot
