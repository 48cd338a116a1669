/// Instruction sets by name, for the bindings.
#pragma once

#include <nanobind/nanobind.h>

#include <string>

#include "aes/aes128.h"

namespace veilward::ot {

inline aes::Isa isa_of(const std::string& wanted) {
  for (aes::Isa isa : aes::all_isas) {
    if (wanted == aes::name(isa)) return isa;
  }
  throw nanobind::value_error("no such instruction set");
}

}  // namespace veilward::ot
