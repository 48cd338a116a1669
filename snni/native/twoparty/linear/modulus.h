#pragma once
// Arithmetic modulo one word-sized prime. Shoup's multiplication by a constant: D. Harvey, "Faster arithmetic for
// number-theoretic transforms" (2014), algorithm 3.

#include <cstdint>

namespace veilward::linear {

using u64 = std::uint64_t;
using i64 = std::int64_t;
__extension__ using u128 = unsigned __int128;

/// Largest prime size: sums of four residues and the lazy ranges of the NTT stay below 2^63.
constexpr int kMaxModulusBits = 54;

inline u64 mul_high(u64 a, u64 b) { return static_cast<u64>((static_cast<u128>(a) * b) >> 64); }
inline u64 mul_mod(u64 a, u64 b, u64 q) { return static_cast<u64>(static_cast<u128>(a) * b % q); }
inline u64 add_mod(u64 a, u64 b, u64 q) {
  const u64 sum = a + b;
  return sum - (sum >= q ? q : 0);
}
inline u64 sub_mod(u64 a, u64 b, u64 q) { return a - b + (a < b ? q : 0); }
inline u64 neg_mod(u64 a, u64 q) { return a == 0 ? 0 : q - a; }

inline u64 pow_mod(u64 base, u64 exponent, u64 q) {
  u64 result = 1;
  for (; exponent != 0; exponent >>= 1, base = mul_mod(base, base, q))
    if (exponent & 1) result = mul_mod(result, base, q);
  return result;
}
inline u64 inverse_mod(u64 a, u64 q) { return pow_mod(a, q - 2, q); }  // q prime

/// A constant w < q with floor(w * 2^64 / q).
struct Constant {
  u64 value = 0;
  u64 quotient = 0;
};
inline Constant constant(u64 value, u64 q) { return {value, static_cast<u64>((static_cast<u128>(value) << 64) / q)}; }

/// x * w mod q in [0, 2q), for any 64-bit x.
inline u64 mul_lazy(u64 x, Constant w, u64 q) { return x * w.value - mul_high(x, w.quotient) * q; }
/// x * w mod q in [0, q).
inline u64 mul_constant(u64 x, Constant w, u64 q) {
  const u64 r = mul_lazy(x, w, q);
  return r - (r >= q ? q : 0);
}

}  // namespace veilward::linear
