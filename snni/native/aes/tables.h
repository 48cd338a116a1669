/// A table of kernels for each instruction set that a build has.
#pragma once

#include <stdexcept>

#include "aes/aes128.h"

namespace veilward::aes {

template <class Table>
struct Tables {
  const Table* portable;
  const Table* aesni = nullptr;
  const Table* vaes256 = nullptr;
  const Table* vaes512 = nullptr;
  const Table* armv8 = nullptr;

  /// Throws std::invalid_argument: this CPU or build does not have it.
  [[nodiscard]] const Table& of(Isa isa) const {
    if (supported(isa)) {
      switch (isa) {
        case Isa::portable:
          return *portable;
        case Isa::aesni:
          return *aesni;
        case Isa::vaes256:
          return *vaes256;
        case Isa::vaes512:
          return *vaes512;
        case Isa::armv8:
          return *armv8;
      }
    }
    throw std::invalid_argument("this CPU or build has no such instructions");
  }
};

}  // namespace veilward::aes
