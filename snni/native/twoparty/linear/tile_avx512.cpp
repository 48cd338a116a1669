#include "twoparty/linear/tile.h"

namespace veilward::linear {
const TileSet& avx512_tiles() {
  static constexpr TileSet set{8, {strip<8, 1, 12>, strip<8, 2, 6>, strip<8, 4, 6>, strip<8, 8, 3>}};
  return set;
}
}  // namespace veilward::linear
