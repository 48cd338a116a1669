"""Run as a program by test_limited_cpu.py: products at their extremes on limited instruction sets, against int64.

Arguments: kernels, ciphers (see use_isa). Prints one line of JSON; exits with an error where a product is wrong.
"""

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np

from snni import _aes
from snni.twoparty import _linear, _ot
from snni.twoparty.linear import PARAMETER_SETS, ClientKeys, ClientLinear, ConvGeometry, Layout, ServerLinear, conv_ring

WEIGHTS = (127, -127, -128)
COLUMNS = 40


def check_ciphertext_product(params, terms, weight) -> str:
    """Coefficients whose digits are as large as they get, one sign: each digit's sum reaches its bound."""
    q, bits = params.modulus, params.digit_bits
    half = 1 << (bits - 1)
    largest = [q // 2, q // 2 + 1, q - 1, 0, half, half - 1, q - half, (half - 1) << bits]
    values = np.resize(np.array([v % q for v in largest], np.uint64), (1, COLUMNS))
    digits = _linear.digits(values, q, bits, 0, COLUMNS)
    matrix = np.full((3, terms), weight, np.int8)
    got = _linear.convolve(digits, np.zeros((1, terms), np.int64), matrix, COLUMNS, q, bits)
    low, high = (digits[:, 0].astype(np.int64) * np.int64(weight) * np.int64(terms)).tolist()
    want = np.array([((h << bits) + v) % q for h, v in zip(high, low, strict=True)], np.uint64)
    assert np.array_equal(got, np.broadcast_to(want, got.shape)), (params.degree, terms, weight)
    return sha256(got.tobytes()).hexdigest()


def check_product_of_bytes(params, terms, weight) -> str:
    """The same coefficients in bytes, 255 among them: a byte's sum reaches its bound of 2^31 - 2^23."""
    q, top = params.modulus, (1 << params.modulus_bits - 8) - 1
    values = np.resize(np.array([q - 1, top, 0, q // 2, 1], np.uint64), (1, COLUMNS + 8))
    matrix, shifts = np.full((3, terms), weight, np.int8), np.zeros((1, terms), np.int64)
    got = _linear.convolve_limbs(_linear.limbs(values, q, 0, COLUMNS + 8), shifts, matrix, COLUMNS, q)
    want = np.array([int(v) * weight * terms % q for v in values[0, :COLUMNS]], np.uint64)
    assert np.array_equal(got, np.broadcast_to(want, got.shape)), (params.degree, terms, weight)
    return sha256(got.tobytes()).hexdigest()


def check_online_convolution(channels, bits, weight) -> str:
    """All ones of the ring times one weight: the sum of 2^19 products of 26 and 8 bits, in int64."""
    geometry = ConvGeometry(channels, 3, 3, 5, (3, 3), (1, 1), (0, 0), 1, bits)
    weights = np.full(geometry.weight_shape, weight, np.int8)
    x = np.full((channels, 3, 3), (1 << bits) - 1, np.uint32)
    got = conv_ring(geometry, weights, x)
    want = np.int64(weight) * np.int64((1 << bits) - 1) * np.int64(geometry.fan_in) & np.int64((1 << bits) - 1)
    assert (got.astype(np.int64) == want).all(), (channels, bits, weight)
    return sha256(got.tobytes()).hexdigest()


def check_both_phases(weight) -> None:
    """Offline and online as they run: shares of W r, then W (x - r) + s, within one unit of W x."""
    geometry = ConvGeometry(512, 3, 3, 2, (3, 3), (1, 1), (1, 1), 1, 24)
    layout, keys = Layout(geometry, PARAMETER_SETS[1], 1), ClientKeys.generate()
    weights = np.full(geometry.weight_shape, weight, np.int8)
    client, server = ClientLinear(layout, keys), ServerLinear(layout, keys.public_key(), weights)
    mask = np.random.default_rng(1).integers(0, 1 << 24, (1, 512, 3, 3), np.uint32)
    x, seed, ring = np.full((512, 3, 3), 255, np.uint32), bytes(16), np.int64((1 << 24) - 1)
    mine = client.decrypt(server.evaluate(client.encrypt(mask), seed))[0].astype(np.int64)
    theirs = server.shares(seed, 0).astype(np.int64)
    online = conv_ring(geometry, weights, (x - mask[0]) & np.uint32(ring)).astype(np.int64)
    taps = np.array([[4, 6, 4], [6, 9, 6], [4, 6, 4]], np.int64) * 512
    error = (mine + theirs + online - taps * 255 * weight + 1) & ring
    assert error.max() <= 2, (weight, error.max())


def main() -> None:
    kernels, ciphers = sys.argv[1:]
    _linear.use_isa(kernels, ciphers)
    _ot.use_isa(ciphers)
    _aes.use_isa(ciphers)
    digests = []
    for weight in WEIGHTS:
        for params in PARAMETER_SETS:
            digests += [check_ciphertext_product(params, terms, weight) for terms in (1, 2, 4608, 1 << 19)]
            digests += [check_product_of_bytes(params, terms, weight) for terms in (1, 2, 4608, 1 << 16)]
        digests += [check_online_convolution(channels, bits, weight) for channels, bits in ((1, 8), (4096, 26))]
        check_both_phases(weight)
    mapped = {line.split("/")[-1].strip() for line in Path("/proc/self/maps").read_text().splitlines()}
    foreign = sorted(name for name in mapped if any(part in name for part in ("dnnl", "mkl", "torch")))
    print(json.dumps({"digest": sha256("".join(digests).encode()).hexdigest(), "foreign": foreign}))


if __name__ == "__main__":
    main()
