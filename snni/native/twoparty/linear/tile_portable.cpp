#include "twoparty/linear/tile.h"

namespace veilward::linear {
const TileSet& portable_tiles() {
  static constexpr TileSet set{4, {strip<2, 1, 8>, strip<2, 2, 4>, strip<2, 4, 2>, nullptr}};
  return set;
}
}  // namespace veilward::linear
