/// The kernels as plain loops, which the compiler turns into vectors of the instruction set that a file is compiled
/// for. Internal linkage, so that no instance leaks into another's callers. Choices by secrets are masks, never
/// branches.
#pragma once

#include "multiparty/gate/kernels.h"

namespace veilward::gate {
namespace {

constexpr Word low_bits(int bits) { return bits == 32 ? ~Word{0} : (Word{1} << bits) - 1; }
/// Ones everywhere where the lowest bit is one.
constexpr Word all_or_none(Word bit) { return 0 - (bit & 1); }

/// Ones from bit 2^width - c - carry on, within 2^width bits.
template <int width>
Word steps(Word c, Word carry) {
  constexpr Word full = low_bits(1 << width);
  const Word from = (Word{1} << width) - c - carry;
  if constexpr (width < max_index_bits) return (full << from) & full;
  return static_cast<Word>(std::uint64_t{full} << from);  // by up to 32
}

template <int width>
void tables_of(const Word* c, int shift, const Word* below, const Word* flip, Word* out, std::size_t n) {
  constexpr Word full = low_bits(1 << width), digits = low_bits(width);
  if (below == nullptr) {
    for (std::size_t i = 0; i < n; ++i)
      out[i] = steps<width>((c[i] >> shift) & digits, 0) ^ (all_or_none(flip[i]) & full);
    return;
  }
  if constexpr (width < max_index_bits) {
    for (std::size_t i = 0; i < n; ++i) {
      const Word own = (c[i] >> shift) & digits, carry = below[i] & 1, flips = all_or_none(flip[i]) & full;
      const Word lower = steps<width>(own, carry) ^ flips, upper = steps<width>(own, 1 - carry) ^ flips;
      out[i] = lower | upper << (1 << width);
    }
  }
}

void tables(const Word* c, Digit digit, const Word* below, const Word* flip, Word* out, std::size_t n) {
  switch (digit.width) {
    case 1:
      return tables_of<1>(c, digit.shift, below, flip, out, n);
    case 2:
      return tables_of<2>(c, digit.shift, below, flip, out, n);
    case 3:
      return tables_of<3>(c, digit.shift, below, flip, out, n);
    case 4:
      return tables_of<4>(c, digit.shift, below, flip, out, n);
    default:
      return tables_of<5>(c, digit.shift, below, flip, out, n);
  }
}

void entries(const Word* tables, const Word* s, Digit digit, const std::uint8_t* below, std::uint8_t* out,
             std::size_t n) {
  const Word digits = low_bits(digit.width);
  if (below == nullptr) {
    for (std::size_t i = 0; i < n; ++i) out[i] = (tables[i] >> ((s[i] >> digit.shift) & digits)) & 1;
    return;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const Word index = ((s[i] >> digit.shift) & digits) | (below[i] & Word{1}) << digit.width;
    out[i] = (tables[i] >> index) & 1;
  }
}

void products(const Word* c, const Word* lam, const Word* mask, int window, bool extends, Word* kept, Word* rest,
              std::size_t n) {
  const int to_sign = window - 1, from_sign = extends ? window : 0;
  const Word has_sign = extends ? 1 : 0;
  for (std::size_t i = 0; i < n; ++i) {
    const Word value = c[i] - (((c[i] >> to_sign) & has_sign) << from_sign), taken = all_or_none(lam[i]) & value;
    kept[i] = taken - mask[i];
    rest[i] = value - taken - mask[i];
  }
}

void wraps(const Word* c, const Word* lam, int window, Word* kept, Word* rest, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    const Word wrap = ((c[i] >> (window - 1)) & 1) - 1, taken = all_or_none(lam[i]) & wrap;
    kept[i] = taken;
    rest[i] = wrap - taken;
  }
}

Word either(Word pick, Word zero, Word one) { return zero ^ ((zero ^ one) & all_or_none(pick)); }

template <bool extends>
void chosen_of(const Public& known, const Shares& shares, const Word* s, const Word* values,
               const std::uint8_t* carries, Word* out, std::size_t n) {
  const Word ring = low_bits(known.window), one = known.first ? 1 : 0, half = known.half;
  const int to_sign = known.window - 1;
  for (std::size_t i = 0; i < n; ++i) {
    const Word compared = (s[i] + half) & ring, sign = compared >> to_sign, delta = carries[i] ^ sign;
    const Word value = extends ? compared - half : values[i];
    Word share = either(delta, shares.lam[i], one - shares.lam[i]) * value;
    share += either(delta, shares.products[0][i], shares.products[1][i]);
    if constexpr (extends) share += (sign * either(delta, shares.wraps[0][i], shares.wraps[1][i])) << known.window;
    out[i] = share;
  }
}

void chosen(const Public& known, const Shares& shares, const Word* s, const Word* values, const std::uint8_t* carries,
            const Word* addend, Word* out, std::size_t n) {
  const auto of = shares.wraps[0] != nullptr ? chosen_of<true> : chosen_of<false>;
  of(known, shares, s, values, carries, out, n);
  if (addend == nullptr) return;
  for (std::size_t i = 0; i < n; ++i) out[i] += addend[i];
}

constexpr Kernels body_kernels{tables, entries, products, wraps, chosen};

}  // namespace
}  // namespace veilward::gate
