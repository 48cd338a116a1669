/// GF(2^64) = GF(2)[X] / (X^64 + X^4 + X^3 + X + 1), an element a word, bit i the coefficient of X^i.
/// Tables of kernels by instruction set; `portable` is the reference. Time depends on lengths alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "aes/aes128.h"

namespace veilward::field {

using Word = std::uint64_t;

/// A product before it is reduced.
struct Wide {
  Word lo = 0, hi = 0;
};

/// Pure functions; n counts words.
struct Kernels {
  /// Sum of a[i] b[i].
  Word (*dot)(const Word* a, const Word* b, std::size_t n);
  /// Sum of (a[i] + a[n + i]) (b[i] + b[n + i]).
  Word (*dot_of_sums)(const Word* a, const Word* b, std::size_t n);
  /// out[i] = in[i] + r (in[i] + in[n + i]); out may be in.
  void (*fold)(const Word* in, Word r, Word* out, std::size_t n);
  /// out[i] = r in[i]; out may be in.
  void (*scale)(const Word* in, Word r, Word* out, std::size_t n);
  /// Of bits in `rows` = 2^v rows of n words each: out[3^v], packed.h says of what.
  void (*ends)(const Word* a, const Word* b, const Word* weights, std::size_t rows, std::size_t n, Word* out);
  /// out[64 s + j] = sum of factors[l] over the rows l in whose word s bit j stands; times weights[s] X^j unless
  /// weights is null.
  void (*unpack)(const Word* in, const Word* factors, const Word* weights, std::size_t rows, std::size_t n, Word* out);
};

/// Bits of a word.
inline constexpr std::size_t word_bits = 64;

/// What comes of a product of degree below 127.
constexpr Word reduced(Wide x) {
  const auto times = [](Word y) { return y ^ (y << 1) ^ (y << 3) ^ (y << 4); };
  const Word above = (x.hi >> 63) ^ (x.hi >> 61) ^ (x.hi >> 60);
  return x.lo ^ times(x.hi) ^ times(above);
}

/// One table for each instruction set of this build (aes/aes128.h). Throws std::invalid_argument: not of this CPU.
[[nodiscard]] const Kernels& field_kernels(aes::Isa isa);
/// Of the one that runs.
[[nodiscard]] const Kernels& field_kernels();

extern const Kernels portable_kernels;
extern const Kernels aesni_kernels;
extern const Kernels vaes256_kernels;
extern const Kernels vaes512_kernels;
extern const Kernels armv8_kernels;

}  // namespace veilward::field
