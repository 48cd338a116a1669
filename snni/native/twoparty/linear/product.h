#pragma once
// Indirect convolution in doubles: out[m][x] = sum_k weights[m][k] * rows_k[x], a row being an offset into one array
// (M. Dukhan, "The Indirect Convolution Algorithm", arXiv 1907.02129). Digits of 27 bits times 8-bit weights over
// at most 2^19 terms stay below 2^53, so every sum is exact in any order, with or without fused multiply-add.

#include <cstddef>
#include <cstdint>
#include <span>

#include "twoparty/linear/modulus.h"

namespace veilward::linear {

constexpr std::size_t kMaxTerms = std::size_t{1} << 19;
constexpr int kMaxDigitBits = 27;
/// Columns are computed in whole registers: arrays are readable, and outputs writable, up to a multiple of this.
constexpr std::size_t kColumnAlign = 8;
inline std::size_t align_columns(std::size_t n) { return (n + kColumnAlign - 1) / kColumnAlign * kColumnAlign; }

/// One call of a tile kernel: `Rows` outputs, whole registers of columns.
struct Strip {
  const double* panel;          // [depth][Rows]
  const double* base;           // row k starts at base + offsets[k]
  const std::int64_t* offsets;  // [depth]
  std::size_t depth, columns;   // columns: a multiple of kColumnAlign
  double* out;                  // [Rows][stride]
  std::size_t stride;
  bool accumulate;
};

struct TileSet {
  int max_rows;
  void (*strip[4])(const Strip&);  // for 1, 2, 4 and 8 rows
};
const TileSet& portable_tiles();
#if defined(__x86_64__)
const TileSet& avx2_tiles();
const TileSet& avx512_tiles();
#endif

/// The integer matrix of a convolution and where its operands lie.
struct Matrix {
  std::span<const std::int8_t> weights;   // [outputs][terms]
  std::span<const std::int64_t> offsets;  // [groups][terms]
  std::size_t outputs, terms, groups;     // outputs divisible by groups; terms <= kMaxTerms
};

/// Ciphertexts: operand = digits[1] * 2^digit_bits + digits[0], both with the same offsets; out[m][0..columns) mod q.
/// q has exactly 2 * digit_bits bits.
/// Every row is readable for align_columns(columns) doubles; out has stride `columns`.
void product_mod(const Matrix& matrix, const double* const digits[2], int digit_bits, u64 q, std::size_t columns,
                 u64* out, const TileSet& tiles);

/// Ring elements: one digit below 2^ring_bits, 1 <= ring_bits <= 26; out[m][0..columns) mod 2^ring_bits.
void product_ring(const Matrix& matrix, const double* values, int ring_bits, std::size_t columns, std::uint32_t* out,
                  const TileSet& tiles);

const TileSet& best_tiles();

/// Signed digits of values[i] - (q if above q / 2): values = d1 * 2^digit_bits + d0 mod q, d0 in
/// [-2^(digit_bits-1), 2^(digit_bits-1)). Rows of n words become rows of `stride` >= n doubles, extended as
/// X^n = -1 demands: row[n + i] = -row[i] for i < extension, then zeros.
void signed_digits(std::span<const u64> values, std::size_t n, u64 q, int digit_bits, std::size_t extension,
                   std::size_t stride, double* d0, double* d1);

}  // namespace veilward::linear
