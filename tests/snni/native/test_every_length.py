"""Native functions at every length around the widths of registers: each against its formula.

Under the sanitizers a read or write out of place ends the process.
"""

import numpy as np
import pytest

from snni.twoparty import _linear, _nonlinear
from snni.twoparty.linear import PARAMETER_SETS
from snni.wire import _packing
from tests.snni.native.calls import SEED, octets, ready_pair, words
from tests.support.ideal_ots import crossed_of

COUNTS = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 127, 129]


@pytest.mark.parametrize("count", COUNTS)
def test_packing_at_every_length(count):
    for bits in (1, 3, 7, 8, 9, 13, 31, 32):
        values, packed = words(count, bits), np.empty((count * bits + 7) // 8, np.uint8)
        out = np.empty(count, np.uint32)
        _packing.pack_words(values, bits, packed)
        _packing.unpack_words(packed, bits, out)
        assert np.array_equal(out, values)
        whole = sum(int(v) << (i * bits) for i, v in enumerate(values))
        assert int.from_bytes(packed.tobytes(), "little") == whole


@pytest.mark.parametrize("count", COUNTS)
def test_linear_packing_at_every_length(count):
    for bits, drop in ((1, 0), (7, 3), (30, 18), (48, 0), (54, 0), (56, 0)):
        values = np.random.default_rng(count).integers(0, 1 << (bits + drop), (3, count), np.uint64)
        packed = _linear.pack_rows(values, bits, drop)
        assert np.array_equal(_linear.unpack_rows(packed, count, bits, 1 << bits), values >> np.uint64(drop))


@pytest.mark.parametrize("count", COUNTS)
def test_online_kernels_at_every_length(count):
    """Each against its formula on whole arrays, one element and none among the lengths."""
    d, s, p0, p1 = octets(count, 1), words(count), words(count, seed=1), words(count, seed=2)
    z, w, v, low = (np.empty(count, np.uint32) for _ in range(4))
    none, no_bits, delta = np.empty(0, np.uint32), np.empty(0, np.uint8), octets(count, 2)
    _nonlinear.server_product(d, s, p0, p1, 20, z)
    mask = np.uint32((1 << 20) - 1)
    assert np.array_equal(z, (p0 - p1 + np.where(d == 1, 0 - s, s)) & mask)
    _nonlinear.mask_payload(d, s, p0, p1, 20, low, w)
    assert np.array_equal(low, (np.where(d == 1, s, 0) - p0) & mask)
    assert np.array_equal(w, (p0 - p1 + np.where(d == 1, 0 - s, s)) & mask)
    _nonlinear.unmask_payload(d, p0, p1, 20, v)
    assert np.array_equal(v, (p0 + np.where(d == 1, p1, 0)) & mask)
    _nonlinear.server_part(delta, no_bits, d, s, p0, p1, none, 20, 20, w)
    masked = p1 + np.where(d == 1, s, 0) - p0
    assert np.array_equal(w, np.where(delta & 1 == 1, s - masked, masked) & mask)
    _nonlinear.client_part(delta, no_bits, d, s, p0, z, p1, none, 20, 20, v)
    masked = p1 + p0 + np.where(d == 1, z, 0)
    assert np.array_equal(v, np.where(delta & 1 == 1, s - masked, masked) & mask)


@pytest.mark.parametrize("count", COUNTS[1:])
@pytest.mark.parametrize("k", [2, 5, 8])
def test_transfers_at_every_length(count, k):
    sender, receiver = ready_pair(k)
    rho, pad = np.empty(count, np.uint8), np.empty(count, np.uint32)
    p0, p1 = np.empty(count, np.uint32), np.empty(count, np.uint32)
    sender.pads(receiver.pads(19, rho, pad), 19, p0, p1)
    assert np.array_equal(pad, np.where(rho == 1, p1, p0))
    sent, crossed = np.empty((count, 10), np.uint32), np.empty((count, 4), np.uint32)
    sender.crossed(receiver.crossed(rho, crossed), sent)
    assert np.array_equal(crossed, crossed_of(sent, rho))


def test_no_transfers_are_no_request():
    sender, receiver = ready_pair()
    with pytest.raises(ValueError, match="n must"):
        receiver.pads(32, np.empty(0, np.uint8), np.empty(0, np.uint32))
    with pytest.raises(ValueError, match="n must"):
        sender.bits2(octets(16), np.empty(0, np.uint8), np.empty(0, np.uint8))


@pytest.mark.parametrize("params", PARAMETER_SETS, ids=lambda p: f"n{p.degree}")
@pytest.mark.parametrize("width", [0, 1, 2, 7, 8, 9, 2047])
def test_ciphertexts_at_every_width(params, width):
    ntt = _linear.Ntt(params.degree, params.modulus)
    secret, positions = _linear.SecretKey.generate(ntt, SEED), np.arange(width, dtype=np.int32)
    message = words(width, 20)[None]
    c0 = _linear.encrypt(ntt, secret, message, 20, SEED, bytes(15) + b"1", 0)
    c1 = _linear.expand(ntt, SEED, 0, 1)
    got = _linear.decrypt(ntt, secret, c0[:, :width].copy(), positions, c1, 20)
    assert np.array_equal(got, message)
    assert _linear.encrypt(ntt, secret, np.zeros((0, width), np.uint32), 20, SEED, SEED, 0).shape == (0, params.degree)
