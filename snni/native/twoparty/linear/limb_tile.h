#pragma once
// The register-blocked heart of the product of bytes: four terms at a time, bytes of residues (unsigned) by weights
// (signed) into 32-bit sums. Nothing saturates: of at most 2^16 terms a sum stays below 2^31.

#include <cstddef>
#include <cstdint>

namespace veilward::linear {

/// Columns are computed in whole registers: operands are readable up to a multiple of this.
constexpr std::size_t kLimbAlign = 16;
inline std::size_t align_limbs(std::size_t n) { return (n + kLimbAlign - 1) / kLimbAlign * kLimbAlign; }
constexpr std::size_t kLimbChunk = 96;  // columns at a time, a multiple of kLimbAlign
constexpr std::size_t kMaxLimbTerms = std::size_t{1} << 16;

/// One call of a tile kernel: `Rows` outputs of kLimbChunk columns.
struct LimbStrip {
  const std::int8_t* panel;    // [quads][Rows][4]
  const std::uint8_t* packed;  // [quads][kLimbChunk][4], what `interleave` wrote
  std::size_t quads, columns;  // columns: a multiple of kLimbAlign, at most kLimbChunk
  std::int32_t* out;           // [Rows][kLimbChunk]
  bool accumulate;
};

struct LimbTileSet {
  int max_rows;
  /// Bytes at base + offsets[0..3] beside each other, column by column: [columns][4].
  void (*interleave)(const std::uint8_t* base, const std::int64_t offsets[4], std::size_t columns, std::uint8_t* to);
  void (*strip[4])(const LimbStrip&);  // for 1, 2, 4 and 8 rows
};
const LimbTileSet& portable_limb_tiles();
#if defined(__x86_64__)
const LimbTileSet& vnni_limb_tiles();
#endif

}  // namespace veilward::linear
