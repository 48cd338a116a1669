"""Every native function at the edges of its arguments: typed errors, never undefined behaviour.

Under the sanitizers a read or write out of place, or an overflow, ends the process; here the answers are compared too.
"""

import numpy as np
import pytest

from snni import _aes
from snni.errors import WireError
from snni.multiparty import _gate, _ring_convolution
from snni.twoparty import _linear, _nonlinear, _ot
from snni.twoparty.linear import LARGE, PARAMETER_SETS, SMALL
from snni.wire import _packing
from tests.support.ideal_ots import crossed_of

COUNTS = [0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 127, 129]
SEED = bytes(16)


def words(count, bits=32, seed=0):
    return np.random.default_rng([seed, count]).integers(0, 1 << bits, count, np.uint32)


def octets(count, bits=8, seed=0):
    return np.random.default_rng([seed, count]).integers(0, 1 << bits, count, np.uint8)


def shifted(array):
    """The same values one byte off any alignment."""
    raw = np.empty(array.nbytes + 1, np.uint8)[1:]
    raw[:] = np.ascontiguousarray(array).view(np.uint8).reshape(-1)
    return raw.view(array.dtype).reshape(array.shape)


# --- arrays of another type, order, place or protection are refused, never converted ---------------------------------

NTT = _linear.Ntt(SMALL.degree, SMALL.modulus)
SECRET = _linear.SecretKey.generate(NTT, SEED)


def public_key():
    p0 = _linear.encrypt(NTT, SECRET, np.zeros((1, 1), np.uint32), 1, SEED, SEED, 0)
    return _linear.PublicKey(NTT, SEED, p0[0])


def ready_pair(k=4):
    """A SoftSpoken pair, set up."""
    sender, receiver = _ot.Sender(k, 0, octets(16)), _ot.Receiver(k, 0, octets(16, seed=1))
    sender.accept_trees(receiver.trees(sender.reply(receiver.offer())))
    return sender, receiver


def polynomials(count=1, width=SMALL.degree):
    return np.zeros((count, width), np.uint64)


POSITIONS, SHIFTS = np.arange(4, dtype=np.int32), np.zeros((1, 2), np.int64)

CALLS = {
    "pack_words": (_packing.pack_words, [words(4), 8, octets(4)]),
    "unpack_words": (_packing.unpack_words, [octets(4), 8, words(4)]),
    "unpack_bytes": (_packing.unpack_bytes, [octets(4), 8, octets(4)]),
    "leaf_words": (_nonlinear.leaf_words, [words(4), 0, 4, octets(4), octets(4), octets(4), words(4), words(4)]),
    "leaf_open": (_nonlinear.leaf_open, [words(4), octets(4), octets(4), octets(4)]),
    "wide_words": (
        _nonlinear.wide_words,
        [words(4), 0, 6, octets(4), octets(4), octets(4), words(16).reshape(4, 4), words(16).reshape(4, 4)],
    ),
    "wide_open": (_nonlinear.wide_open, [words(16).reshape(4, 4), 7, octets(4), octets(4), octets(4)]),
    "table_fill": (_nonlinear.table_fill, [words(4), 0, 4, octets(4), words(4)]),
    "table_swap_client": (_nonlinear.table_swap_client, [words(4), 2, 5, words(4), words(4), words(4)]),
    "table_swap_server": (
        _nonlinear.table_swap_server,
        [words(4), 2, 5, octets(4), words(4).astype(np.uint16), words(4)],
    ),
    "table_look": (_nonlinear.table_look, [words(4), octets(4), octets(4)]),
    "server_product": (
        _nonlinear.server_product,
        [octets(4), words(4), words(4), words(4), 9, words(4)],
    ),
    "mask_payload": (_nonlinear.mask_payload, [octets(4), words(4), words(4), words(4), 9, words(4), words(4)]),
    "mask_extended": (
        _nonlinear.mask_extended,
        [octets(4), words(4), words(40), 8, 9, words(4), words(12), words(4), words(20)],
    ),
    "unmask_payload": (_nonlinear.unmask_payload, [octets(4), words(4), words(4), 9, words(4)]),
    "unmask_extended": (
        _nonlinear.unmask_extended,
        [octets(4), words(16), words(4), words(20), 8, 9, words(4), words(12)],
    ),
    "client_part": (
        _nonlinear.client_part,
        [octets(4), octets(4), octets(4), words(4), words(4), words(4), words(4), words(12), 8, 9, words(4)],
    ),
    "server_part": (
        _nonlinear.server_part,
        [octets(4), octets(4), octets(4), words(4), words(4), words(4), words(12), 8, 9, words(4)],
    ),
    "mask_wrap": (_nonlinear.mask_wrap, [words(4), words(4), words(4), 8, 9, words(4), words(4)]),
    "client_extended": (_nonlinear.client_extended, [octets(4), words(4), words(4), 8, 9, words(4)]),
    "server_extended": (_nonlinear.server_extended, [octets(4), words(4), words(4), 8, 9, words(4)]),
    "forward": (NTT.forward, [np.zeros(SMALL.degree, np.uint64)]),
    "encrypt": (_linear.encrypt, [NTT, SECRET, np.zeros((1, 3), np.uint32), 20, SEED, SEED, 0]),
    "decrypt": (_linear.decrypt, [NTT, SECRET, polynomials(1, 4), POSITIONS, polynomials(), 20]),
    "add_zeros": (_linear.add_zeros, [NTT, public_key(), SEED, 0, polynomials(1, 4), polynomials()]),
    "masks": (_linear.masks, [SEED, 0, np.array([3, 4], np.int64), 2, SMALL.modulus]),
    "mask_and_drop": (_linear.mask_and_drop, [polynomials(), POSITIONS, polynomials(1, 4), SMALL.modulus, 3]),
    "pack_rows": (_linear.pack_rows, [polynomials(2, 3), 48]),
    "unpack_rows": (_linear.unpack_rows, [np.zeros((2, 18), np.uint8), 3, 48, SMALL.modulus]),
    "digits": (_linear.digits, [polynomials(1, 8), SMALL.modulus, 24, 2, 16]),
    "convolve": (
        _linear.convolve,
        [np.zeros((2, 1, 16)), SHIFTS, np.ones((1, 2), np.int8), 8, SMALL.modulus, 24],
    ),
    "convolve_ring": (_linear.convolve_ring, [np.zeros((1, 16)), SHIFTS, np.ones((1, 2), np.int8), 8, 20]),
    "limbs": (_linear.limbs, [polynomials(1, 8), SMALL.modulus, 2, 16]),
    "ring_limbs": (_linear.ring_limbs, [np.zeros((1, 16), np.uint32), 20]),
    "convolve_limbs": (
        _linear.convolve_limbs,
        [np.zeros((6, 1, 20), np.uint8), SHIFTS, np.ones((1, 2), np.int8), 8, SMALL.modulus],
    ),
    "convolve_ring_limbs": (
        _linear.convolve_ring_limbs,
        [np.zeros((3, 1, 20), np.uint8), SHIFTS, np.ones((1, 2), np.int8), 8, 20],
    ),
    "gate.tables": (_gate.tables, [words(4), 0, 4, None, words(4)]),
    "gate.entries": (_gate.entries, [words(4), words(4), 0, 4, None]),
    "gate.products": (_gate.products, [words(4), words(4), words(4), 8, True]),
    "gate.wraps": (_gate.wraps, [words(4), words(4), 8]),
    "gate.chosen": (
        _gate.chosen,
        [words(4), octets(4), words(4), (words(4), words(4)), (words(4), words(4)), None, 8, 3, True],
    ),
    "gate.hidden_sum": (_gate.hidden_sum, [SEED, 0, words(4), 9]),
    "gate.hidden_bits": (_gate.hidden_bits, [SEED, 0, words(4), 9]),
    "gate.opened_sum": (_gate.opened_sum, [words(4), octets(4), 8]),
    "gate.opened_bits": (_gate.opened_bits, [octets(12), octets(2)]),
    "windows": (_ring_convolution.windows, [words(24).reshape(1, 2, 3, 4), (3, 3), (1, 1), (1, 1), 20]),
    "wide_windows": (
        _ring_convolution.wide_windows,
        [words(24).astype(np.uint64).reshape(1, 2, 3, 4), (3, 3), (1, 1), (1, 1), 53],
    ),
    "joined": (_ring_convolution.joined, [words(24, 8).astype(np.float64).reshape(1, 4, 6), 2, 8, 3, 20]),
    "expand": (_aes.expand, ["portable", np.zeros((2, 16), np.uint8)]),
    "reply": (lambda offer: _ot.Sender(4, 0, octets(16)).reply(offer), [_ot.Receiver(4, 0, octets(16)).offer()]),
    "ot.pads": (lambda *to: ready_pair()[1].pads(32, *to), [octets(4), words(4)]),
}
WRITTEN = {"pack_words": [2], "unpack_words": [2], "unpack_bytes": [2], "leaf_words": [7], "leaf_open": [3]}
WRITTEN |= {"wide_words": [7], "wide_open": [4]}
WRITTEN |= {"server_product": [5], "server_part": [9], "client_part": [10], "mask_payload": [5, 6]}
WRITTEN |= {"mask_extended": [5, 6, 7, 8], "unmask_payload": [4], "unmask_extended": [6, 7], "mask_wrap": [5, 6]}
WRITTEN |= {"table_swap_client": [0, 5], "table_swap_server": [0], "table_look": [2]}
WRITTEN |= {"client_extended": [5], "server_extended": [5]}
WRITTEN |= {"decrypt": [4], "add_zeros": [4, 5], "ot.pads": [0, 1]}
ARRAYS = [(name, at) for name, (_, args) in CALLS.items() for at, a in enumerate(args) if isinstance(a, np.ndarray)]
EVERY_ARRAY = pytest.mark.parametrize(("name", "at"), ARRAYS, ids=[f"{name}-{at}" for name, at in ARRAYS])


def call(name, at=None, changed=None):
    function, arguments = CALLS[name]
    arguments = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    if at is not None:
        arguments[at] = changed
    return function(*arguments)


@pytest.mark.parametrize("name", CALLS)
def test_the_calls_are_sound_before_they_are_spoilt(name):
    call(name)


@EVERY_ARRAY
def test_arrays_of_another_kind_are_refused(name, at):
    array = CALLS[name][1][at]
    spoilt = {
        "type": array.astype(np.float32 if array.dtype != np.float32 else np.float64),
        "signedness": array.astype(array.dtype.str.replace("u", "i") if "u" in array.dtype.str else np.uint16),
        "byte order": array.astype(array.dtype.newbyteorder(">")) if array.itemsize > 1 else array.astype(np.uint16),
        "dimensions": array[None],
        "strides": np.stack([array, array], axis=-1)[..., 0],
        "nothing": None,
        "list": array.tolist(),
    }
    if array.itemsize > 1:
        spoilt["alignment"] = shifted(array)
    for kind, changed in spoilt.items():
        with pytest.raises(TypeError):
            call(name, at, changed)
            pytest.fail(f"{kind} passed")


@pytest.mark.parametrize(("name", "at"), [(n, a) for n, ats in WRITTEN.items() for a in ats])
def test_results_need_memory_that_may_be_written(name, at):
    protected = CALLS[name][1][at].copy()
    protected.flags.writeable = False
    with pytest.raises(TypeError):
        call(name, at, protected)


@EVERY_ARRAY
def test_arrays_of_another_length_are_refused_or_serve_as_what_they_are(name, at):
    array = CALLS[name][1][at]
    for axis in range(array.ndim):
        for changed in (np.delete(array, 0, axis), np.concatenate([array, array], axis), array.take([], axis)):
            try:
                call(name, at, np.ascontiguousarray(changed))
            except (ValueError, TypeError, WireError):
                continue


# --- sizes that wrap --------------------------------------------------------------------------------------------------


def test_sizes_that_wrap_are_refused():
    """Products of 2^64 and a little more: what was allocated would be less than what is written."""
    digits, ones = np.zeros((2, 2, 16)), np.ones((2, 1), np.int8)
    limbs, far = np.zeros((6, 2, 16), np.uint8), np.array([[(1 << 63) - 1]])
    for attempt in (
        lambda: _linear.unpack_rows(np.zeros((8, 0), np.uint8), 1 << 61, 8, 255),
        lambda: _linear.unpack_rows(np.zeros((1, 1), np.uint8), (1 << 61) + 1, 8, 255),
        lambda: _linear.digits(polynomials(1, 8), SMALL.modulus, 24, 0, 1 << 63),
        lambda: _linear.digits(polynomials(2, 8), SMALL.modulus, 24, 0, 1 << 62),
        lambda: _linear.convolve(digits, np.array([[(1 << 63) - 1]]), ones, 1 << 63, SMALL.modulus, 24),
        lambda: _linear.convolve_ring(digits[0], np.array([[(1 << 63) - 1]]), ones, 1 << 63, 20),
        lambda: _linear.convolve_ring(digits[0], np.zeros((1, 1), np.int64), ones, (1 << 64) - 1, 20),
        lambda: _linear.limbs(polynomials(1, 8), SMALL.modulus, 0, 1 << 63),
        lambda: _linear.limbs(polynomials(2, 8), SMALL.modulus, 0, 1 << 61),
        lambda: _linear.convolve_limbs(limbs, far, ones, 1 << 63, SMALL.modulus),
        lambda: _linear.convolve_ring_limbs(limbs[:3], far, ones, (1 << 64) - 1, 20),
        lambda: _linear.masks(SEED, 0, np.full(4, 1 << 30, np.int64), 1 << 32, SMALL.modulus),
        lambda: _linear.expand(NTT, SEED, 0, 1 << 53),
        lambda: _aes.prg_words(SEED, 0, (1 << 62) + 1, 8),
        lambda: _aes.prg_bytes(SEED, 0, [1 << 63, 1 << 63]),
    ):
        with pytest.raises(ValueError, match=r"range|length|columns"):
            attempt()


@pytest.mark.parametrize("value", [-1, 1 << 64, 1.5, "1", None])
def test_numbers_that_are_no_sizes_are_refused(value):
    for attempt in (
        lambda: _linear.expand(NTT, SEED, 0, value),
        lambda: _linear.convolve_ring(np.zeros((1, 16)), SHIFTS, np.ones((1, 2), np.int8), value, 20),
        lambda: _aes.counter("portable", octets(16), 0, 0, value),
    ):
        with pytest.raises(TypeError):
            attempt()


def test_shifts_stay_inside_a_word():
    for drop in (-1, 64, 1000):
        with pytest.raises(ValueError, match="bits"):
            _linear.unpack_rows(np.zeros((1, 6), np.uint8), 1, 48, SMALL.modulus, drop, SMALL.modulus)
        with pytest.raises(ValueError, match="bits"):
            _linear.pack_rows(polynomials(1, 1), 48, drop)
        with pytest.raises(ValueError, match="drop"):
            _linear.mask_and_drop(polynomials(), POSITIONS, polynomials(1, 4), SMALL.modulus, drop)


@pytest.mark.parametrize("bits", [-(2**31), -1, 0, 33, 64, 2**31 - 1])
def test_widths_outside_a_word_are_refused(bits):
    lookups = (("leaf_words", 2), ("wide_words", 2), ("wide_open", 1))
    for name, at in (("pack_words", 1), ("unpack_words", 1), ("unpack_bytes", 1), *lookups):
        with pytest.raises(ValueError, match="outside"):
            call(name, at, bits)
    for name, at in (("server_product", 4), ("mask_extended", 3), ("client_part", 9), ("encrypt", 3)):
        with pytest.raises(ValueError, match="outside"):
            call(name, at, bits)


@pytest.mark.parametrize(("degree", "modulus"), [(16, 0), (16, 1), (16, 2), (0, 1), (1 << 63, 1), (16, (1 << 64) - 1)])
def test_rings_that_are_none_are_refused(degree, modulus):
    with pytest.raises(ValueError, match=r"degree|modulus"):
        _linear.Ntt(degree, modulus)


def test_a_key_serves_its_own_ring_only():
    """A key of 2048 coefficients under a transform of 4096 would be read behind its end."""
    for degree, modulus in ((LARGE.degree, LARGE.modulus), (1024, SMALL.modulus), (2048, LARGE.modulus)):
        other = _linear.Ntt(degree, modulus)
        whole = polynomials(1, degree)
        for attempt in (
            lambda other=other: _linear.encrypt(other, SECRET, np.zeros((1, 1), np.uint32), 20, SEED, SEED, 0),
            lambda other=other, c=whole: _linear.decrypt(other, SECRET, c[:, :4].copy(), POSITIONS, c, 20),
            lambda other=other, c=whole: _linear.add_zeros(other, public_key(), SEED, 0, c, c.copy()),
        ):
            with pytest.raises(ValueError, match="ring"):
                attempt()


# --- every length around the widths of registers ----------------------------------------------------------------------


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
