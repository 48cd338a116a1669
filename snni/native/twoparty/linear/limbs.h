#pragma once
// The indirect convolution of product.h in bytes, for machines that multiply them: a residue is its bytes, unsigned,
// each multiplied by the weights into 32-bit sums that neither wrap nor saturate, then put together. The same words
// as product.h's, to the bit: both are exact.

#include <bit>
#include <cstdint>
#include <span>

#include "twoparty/linear/limb_tile.h"
#include "twoparty/linear/modulus.h"
#include "twoparty/linear/product.h"

namespace veilward::linear {

inline int bits_of(u64 q) { return std::bit_width(q); }
/// Bytes that hold `bits` bits.
constexpr std::size_t limbs_of(int bits) { return static_cast<std::size_t>(bits + 7) / 8; }

/// The bytes of values[i] < q < 2^56: plane l has byte l. Rows of n words become rows of `stride` >= n bytes, extended
/// as X^n = -1 demands: row[n + i] = q - row[i] for i < extension, then zeros. planes: [limbs][rows][stride].
void residue_limbs(std::span<const u64> values, std::size_t n, u64 q, std::size_t limbs, std::size_t extension,
                   std::size_t stride, std::uint8_t* planes);

/// Bytes of plain words, values[i] < 2^(8 limbs), row by row. planes: [limbs][values.size()].
void word_limbs(std::span<const std::uint32_t> values, std::size_t limbs, std::uint8_t* planes);

/// Where the bytes of operands lie: plane l at planes + l * plane.
struct Limbs {
  const std::uint8_t* planes;
  std::size_t plane, count;
};

/// Residues in 5 to 7 limbs, q above 2^(8 limbs - 3), at most kMaxLimbTerms terms; out[m][0..columns) mod q. Every row
/// is readable up to a multiple of kLimbAlign columns.
void limb_product_mod(const Matrix& matrix, const Limbs& operands, u64 q, std::size_t columns, u64* out,
                      const LimbTileSet& tiles);

/// Ring elements of at most 4 limbs; out[m][0..columns) mod 2^ring_bits, ring_bits <= 26.
void limb_product_ring(const Matrix& matrix, const Limbs& operands, int ring_bits, std::size_t columns,
                       std::uint32_t* out, const LimbTileSet& tiles);

/// Whether this machine multiplies bytes faster than doubles.
bool has_limb_tiles();
const LimbTileSet& best_limb_tiles();

}  // namespace veilward::linear
