"""BFV parameter sets, and which one a layer takes.

**Scheme.** Plain coefficients, t = 2^ring_bits, one prime q, ternary secret s, centred binomial noise with
|e| <= 21 (standard deviation sqrt(10.5)). Both sets lie inside the 128-bit rows of the Homomorphic Encryption
Standard (2018) for ternary secrets, which allow log2 q = 54 at N = 2048 and 109 at N = 4096.

**Error.** An upload's phase is round(q m / t) + e = q m / t + e + eps, |eps| <= 1/2. The server's integer
combination with int8 weights w and the fresh encryption of zero (u, e1, e2; public key noise e') have the phase

    q v / t + E mod q,    v = sum w m mod t,    E = sum w (e + eps) + (u e' + e1 + s e2) + d0 + s d1,

where q v / t absorbs every wrap of v modulo t (q (t z) / t = q z = 0 mod q: no rounding term comes from wraps), d0 and
d1 are what the dropped low bits take: c0 is sent with ring_bits + 4 bits, c1 with ring_bits + 10. With y uniform mod q
the client rounds (phase - y) t / q and the server y t / q. Each rounding moves by at most 1/2, so their sum differs
from v by an integer z with |z| <= 1 + |E| t / q. Hence

    never two units while |E| < q / t;    P(z != 0) = |E| t / q over the uniform y, for an E that y does not move.

**Bound.** With K terms, in coefficients: |sum w (e + eps)| <= 128 * 21.5 K; |u e' + e1 + s e2| <= 42 N + 21;
|d0| t / q <= 2^-5 (1 + 2^-30). s d1 sums at most N independent uniform values of at most 2^-11 units, for c1 is uniform
under RLWE: by Hoeffding P(|s d1| t / q > 3/8) <= 2 exp(-(3/8)^2 2^21 / N) < 2^-102 at N = 4096, 2^-206 at 2048.
So the layer is admitted where

    2752 K + 42 N + 21 <= (1 - 1/32 - 3/8 - 2^-20) q / t.

**How often.** P(z != 0) is the mean of |E| t / q, at most its standard deviation: `off_by_one`, about 2 in 100, nearly
all of it from the dropped bits (d0 is a function of y and of the phase; it is uniform in its interval all the same).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from snni.errors import ParameterError

MIN_RING_BITS = 2
MAX_RING_BITS = 26
NOISE_BOUND = 21
NOISE_VARIANCE = 10.5
WEIGHT_BOUND = 128
C0_EXTRA_BITS = 4
C1_EXTRA_BITS = 10
MAX_FAN_IN = 1 << 19  # sums of 27-bit digits times 8-bit weights stay below 2^53


@dataclass(frozen=True)
class ParameterSet:
    """degree N; modulus q, the largest primes of their size that are 1 mod 2N; digit_bits: two signed digits hold q."""

    degree: int
    modulus: int
    modulus_bits: int
    digit_bits: int

    def max_fan_in(self, ring_bits: int) -> int:
        """The most terms a sum may have in Z_2^ring_bits; 0 where not even one."""
        units = (1 - 1 / 32 - 3 / 8 - 2**-20) * self.modulus / (1 << ring_bits)
        fan_in = math.floor(
            (units - 2 * NOISE_BOUND * self.degree - NOISE_BOUND) / (WEIGHT_BOUND * (NOISE_BOUND + 0.5))
        )
        return max(0, min(MAX_FAN_IN, fan_in))

    def off_by_one(self, ring_bits: int, fan_in: int, weight_rms: float = WEIGHT_BOUND / math.sqrt(3)) -> float:
        """An upper bound on the share of results that differ by one unit, for weights of this root mean square."""
        sums = fan_in * weight_rms**2 * (NOISE_VARIANCE + 1 / 12)
        zero = NOISE_VARIANCE * (4 / 3 * self.degree + 1)
        unit = self.modulus / (1 << ring_bits)
        dropped = 2.0 ** (-2 * C0_EXTRA_BITS) / 12 + 2 / 3 * self.degree * 2.0 ** (-2 * C1_EXTRA_BITS) / 12
        return math.sqrt((sums + zero) / unit**2 + dropped)


SMALL = ParameterSet(degree=2048, modulus=281474976694273, modulus_bits=48, digit_bits=24)
LARGE = ParameterSet(degree=4096, modulus=18014398509309953, modulus_bits=54, digit_bits=27)
PARAMETER_SETS = (SMALL, LARGE)


def choose_params(fan_in: int, ring_bits: int, reach: int = 0) -> ParameterSet:
    """The smallest set that bears the layer.

    Args: fan_in: terms of one output, >= 1. ring_bits: 2..26. reach: the largest distance in coefficients between an
    output and an operand of it; a set whose ciphertexts lose more than half to it is passed over where another fits.
    Raises: ParameterError: no set bears it.
    """
    if not MIN_RING_BITS <= ring_bits <= MAX_RING_BITS:
        raise ParameterError(f"ring_bits {ring_bits} outside {MIN_RING_BITS}..{MAX_RING_BITS}")
    if fan_in < 1:
        raise ParameterError(f"fan_in {fan_in} is below 1")
    sound = [p for p in PARAMETER_SETS if fan_in <= p.max_fan_in(ring_bits)]
    if not sound:
        most = LARGE.max_fan_in(ring_bits)
        raise ParameterError(f"{fan_in} terms in {ring_bits} bits: at most {most} keep every result within one unit")
    fitting = [p for p in sound if reach < p.degree]
    if not fitting:
        raise ParameterError(f"rows too wide: a window spans {reach} coefficients, at most {LARGE.degree - 1} fit")
    return next((p for p in fitting if 2 * reach <= p.degree), fitting[-1])
