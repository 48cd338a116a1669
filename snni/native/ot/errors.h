/// What the peer's bytes can raise. The bindings turn it into snni.errors.WireError.
#pragma once

#include <stdexcept>

namespace veilward::ot {

struct WireError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace veilward::ot
