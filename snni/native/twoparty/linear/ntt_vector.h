#pragma once
// The transform of ntt.h, and the product with a constant polynomial, eight residues a register. Same words as the
// reference. Two arithmetics, one source file each: AVX-512 IFMA's 52-bit products for moduli below 2^50 (lazy residues
// below 4q must fit 52 bits), and 64-bit products put together from 32-bit ones for all others.

#include <cstddef>

#include "twoparty/linear/modulus.h"

namespace veilward::linear {

/// One ring's constants: n >= 16; roots and quotients in bit-reversed order as in ntt.h, n words each.
struct VectorRing {
  std::size_t n;
  u64 q;
  const u64* roots;
  const u64* quotients;
};

/// All quotients are floor(value * 2^64 / q) >> quotient_shift, those of multiply without the shift.
struct VectorNtt {
  int quotient_shift;
  void (*forward)(const VectorRing& ring, u64* values);
  /// ring: of the inverse roots; scale: 1 / n.
  void (*inverse)(const VectorRing& ring, Constant scale, u64* values);
  /// x[i] = x[i] * constants[i] mod q; n divisible by 8.
  void (*multiply)(u64* x, const u64* constants, const u64* quotients, std::size_t n, u64 q);
};

#if defined(__x86_64__)
const VectorNtt& words52_ntt();
const VectorNtt& words64_ntt();
#endif

}  // namespace veilward::linear
