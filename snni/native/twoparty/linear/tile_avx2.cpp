#include "twoparty/linear/tile.h"

namespace veilward::linear {
const TileSet& avx2_tiles() {
  static constexpr TileSet set{4, {strip<4, 1, 8>, strip<4, 2, 6>, strip<4, 4, 3>, nullptr}};
  return set;
}
}  // namespace veilward::linear
