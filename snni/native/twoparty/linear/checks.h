/// What the bindings of the linear phase share: argument types and checks. Each check throws std::invalid_argument.
#pragma once

#include <span>
#include <stdexcept>

#include "bind/arrays.h"
#include "twoparty/linear/bfv.h"
#include "twoparty/linear/product.h"

namespace veilward::linear {

namespace nb = nanobind;
using bind::Edit;
using bind::In;
using bind::Out;
using bind::Owned;
using bind::seed_of;
using bind::span;
using Words = In<u64, nb::ndim<1>>;
using Rows = In<u64, nb::ndim<2>>;

inline void need(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

/// Sizes come from the caller; a product that wraps would allocate less than is written.
inline std::size_t times(std::size_t a, std::size_t b) {
  std::size_t product = 0;
  need(!__builtin_mul_overflow(a, b, &product), "size out of range");
  return product;
}

inline void need_below(std::span<const u64> values, u64 limit, const char* what) {
  for (const u64 v : values) need(v < limit, what);
}

inline void need_ring(int bits) { need(bits >= 1 && bits <= 26, "ring bits outside 1..26"); }

inline void need_digits(u64 q, int digit_bits) {
  need(digit_bits >= 16 && digit_bits <= kMaxDigitBits && q >> (2 * digit_bits - 1) == 1,
       "the modulus has not twice as many bits as a digit");
}

/// read: columns that kernels read from each offset on.
inline Matrix matrix_of(const In<std::int8_t, nb::ndim<2>>& weights, const In<std::int64_t, nb::ndim<2>>& offsets,
                        std::size_t readable, std::size_t columns, std::size_t read) {
  const Matrix m{span(weights), span(offsets), weights.shape(0), weights.shape(1), offsets.shape(0)};
  need(columns <= readable, "more columns than operands");
  need(m.groups > 0 && m.outputs > 0 && m.outputs % m.groups == 0, "outputs are not divisible by groups");
  need(offsets.shape(1) == m.terms && m.terms > 0 && m.terms <= kMaxTerms, "terms differ or are out of range");
  for (const std::int64_t o : m.offsets)
    need(o >= 0 && static_cast<std::size_t>(o) + read <= readable, "offset out of range");
  return m;
}

inline void need_positions(std::span<const std::int32_t> positions, std::size_t limit) {
  for (const std::int32_t p : positions) need(p >= 0 && static_cast<std::size_t>(p) < limit, "position out of range");
}

}  // namespace veilward::linear
