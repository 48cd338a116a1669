#include "twoparty/ot/lpn.h"

#include <stdexcept>

namespace veilward::ot {

const LpnSet& lpn_set(int log_secret) {
  for (const LpnSet& set : lpn_sets) {
    if (set.log_secret == log_secret) return set;
  }
  throw std::invalid_argument("lpn must be in 16..19");
}

}  // namespace veilward::ot
