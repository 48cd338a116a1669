#include "twoparty/linear/limb_tile.h"

namespace veilward::linear {
namespace {

void interleave(const std::uint8_t* base, const std::int64_t offsets[4], std::size_t columns, std::uint8_t* to) {
  for (std::size_t x = 0; x < columns; ++x)
    for (int j = 0; j < 4; ++j) *to++ = base[offsets[j] + static_cast<std::int64_t>(x)];
}

template <std::size_t Rows>
void strip(const LimbStrip& s) {
  for (std::size_t r = 0; r < Rows; ++r) {
    std::int32_t* const out = s.out + r * kLimbChunk;
    for (std::size_t x = 0; x < s.columns; ++x) {
      std::int32_t sum = s.accumulate ? out[x] : 0;
      for (std::size_t q = 0; q < s.quads; ++q)
        for (std::size_t j = 0; j < 4; ++j)
          sum += s.packed[4 * (q * kLimbChunk + x) + j] * s.panel[4 * (q * Rows + r) + j];
      out[x] = sum;
    }
  }
}

}  // namespace

const LimbTileSet& portable_limb_tiles() {
  static constexpr LimbTileSet set{8, interleave, {strip<1>, strip<2>, strip<4>, strip<8>}};
  return set;
}

}  // namespace veilward::linear
