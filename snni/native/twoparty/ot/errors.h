/// What the peer's bytes can raise. The bindings turn them into the errors of the same names in snni.errors.
#pragma once

#include <stdexcept>

namespace veilward::ot {

struct WireError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Well-formed bytes that no party that follows the protocol sends.
struct ConsistencyError : WireError {
  using WireError::WireError;
};

}  // namespace veilward::ot
