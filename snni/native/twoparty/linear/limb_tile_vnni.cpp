#include <immintrin.h>

#include <cstring>

#include "twoparty/linear/limb_tile.h"

namespace veilward::linear {
namespace {

/// Sixteen columns at once: the four rows' bytes in a quarter each, dwords of one column group together, then bytes.
void interleave(const std::uint8_t* base, const std::int64_t offsets[4], std::size_t columns, std::uint8_t* to) {
  const __m512i dwords = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  const __m512i bytes = _mm512_broadcast_i32x4(_mm_set_epi8(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0));
  for (std::size_t x = 0; x < columns; x += 16) {
    __m128i row[4];
    for (int j = 0; j < 4; ++j) std::memcpy(&row[j], base + offsets[j] + x, sizeof row[j]);
    __m512i all = _mm512_castsi128_si512(row[0]);
    all = _mm512_inserti32x4(all, row[1], 1);
    all = _mm512_inserti32x4(all, row[2], 2);
    all = _mm512_inserti32x4(all, row[3], 3);
    all = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(dwords, all), bytes);
    _mm512_storeu_si512(to + 4 * x, all);
  }
}

template <int Rows, int Vectors>
inline __attribute__((always_inline)) void tile(const LimbStrip& s, std::size_t column) {
  __m512i sum[Rows][Vectors];
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v)
      sum[r][v] = s.accumulate ? _mm512_loadu_si512(s.out + r * kLimbChunk + column + v * 16) : _mm512_setzero_si512();
  const std::int8_t* panel = s.panel;
  const std::uint8_t* row = s.packed + 4 * column;
  for (std::size_t q = 0; q < s.quads; ++q, panel += 4 * Rows, row += 4 * kLimbChunk) {
    __m512i x[Vectors];
    for (int v = 0; v < Vectors; ++v) x[v] = _mm512_loadu_si512(row + 64 * v);
    for (int r = 0; r < Rows; ++r) {
      std::int32_t four;
      std::memcpy(&four, panel + 4 * r, sizeof four);
      const __m512i weights = _mm512_set1_epi32(four);
      for (int v = 0; v < Vectors; ++v) sum[r][v] = _mm512_dpbusd_epi32(sum[r][v], x[v], weights);
    }
  }
  for (int r = 0; r < Rows; ++r)
    for (int v = 0; v < Vectors; ++v) _mm512_storeu_si512(s.out + r * kLimbChunk + column + v * 16, sum[r][v]);
}

template <int Rows, int Vectors>
void strip(const LimbStrip& s) {
  std::size_t column = 0;
  for (; column + 16 * Vectors <= s.columns; column += 16 * Vectors) tile<Rows, Vectors>(s, column);
  for (; column < s.columns; column += 16) tile<Rows, 1>(s, column);
}

}  // namespace

const LimbTileSet& vnni_limb_tiles() {
  static constexpr LimbTileSet set{8, interleave, {strip<1, 6>, strip<2, 6>, strip<4, 6>, strip<8, 3>}};
  return set;
}

}  // namespace veilward::linear
