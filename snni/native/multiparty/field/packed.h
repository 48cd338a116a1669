/// Sums over bits that are multiplied as bits: the products of a word of them are one AND, weighted together by one
/// product, as an AND is itself an element. Internal linkage: each including source is compiled for another instruction
/// set.
#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "multiparty/field/kernels.h"

namespace veilward::field {
namespace {

/// Words of a row that are taken at once, so that all rows of both factors stay in the nearest cache.
inline constexpr std::size_t tile = 32;

/// Sum of (a[i] AND b[i]) weights[i] over a tile.
using AndDot = Word (*)(const Word* a, const Word* b, const Word* weights);

/// One tile's sums at all points whose first coordinates are chosen. a, b: `rows` rows of a tile each.
template <AndDot and_dot>
void add_ends(const Word* a, const Word* b, const Word* weights, std::size_t rows, Word* scratch, Word*& out) {
  if (rows == 1) {
    *out++ ^= and_dot(a, b, weights);
    return;
  }
  const std::size_t half = rows / 2 * tile;
  add_ends<and_dot>(a, b, weights, rows / 2, scratch, out);
  add_ends<and_dot>(a + half, b + half, weights, rows / 2, scratch, out);
  Word* const a_sum = scratch;
  Word* const b_sum = scratch + half;
  for (std::size_t i = 0; i < half; ++i) a_sum[i] = a[i] ^ a[half + i];
  for (std::size_t i = 0; i < half; ++i) b_sum[i] = b[i] ^ b[half + i];
  add_ends<and_dot>(a_sum, b_sum, weights, rows / 2, scratch + 2 * half, out);
}

/// Rows are the values of a polynomial of degree 1 in each of v variables at the corners 0, 1, the first variable a
/// row number's highest bit. out[p] is the sum over s of weights[s] A_s(p) B_s(p) at each point of {0, 1, infinity}^v,
/// the first coordinate the highest digit: at infinity stands the leading coefficient, the sum of both halves.
template <AndDot and_dot>
void ends_by(const Word* a, const Word* b, const Word* weights, std::size_t rows, std::size_t n, Word* out) {
  std::size_t points = 1;
  for (std::size_t left = rows; left > 1; left /= 2) points *= 3;
  std::fill_n(out, points, 0);
  const std::size_t size = rows * tile;
  std::vector<Word> memory(4 * size);  // both factors, and half of it all for each coordinate
  Word* const as = memory.data();
  Word* const bs = as + size;
  std::array<Word, tile> ws;
  for (std::size_t at = 0; at < n; at += tile) {
    const std::size_t taken = std::min(tile, n - at);
    if (taken < tile) {
      std::fill_n(as, 2 * size, 0);
      ws.fill(0);
    }
    for (std::size_t row = 0; row < rows; ++row) {
      std::copy_n(a + row * n + at, taken, as + row * tile);
      std::copy_n(b + row * n + at, taken, bs + row * tile);
    }
    std::copy_n(weights + at, taken, ws.data());
    Word* next = out;
    add_ends<and_dot>(as, bs, ws.data(), rows, bs + size, next);
  }
}

/// X^j for each bit j of a word.
constexpr std::array<Word, word_bits> powers() {
  std::array<Word, word_bits> out{};
  for (std::size_t bit = 0; bit < word_bits; ++bit) out[bit] = Word{1} << bit;
  return out;
}

}  // namespace
}  // namespace veilward::field
