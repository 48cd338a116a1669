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

/// The Tables of whichever namespace it stands in: of its `portable_kernels` and the others, those that this build has.
#if defined(__x86_64__)
#define VEILWARD_TABLES_OF_THIS_BUILD \
  {.portable = &portable_kernels, .aesni = &aesni_kernels, .vaes256 = &vaes256_kernels, .vaes512 = &vaes512_kernels}
#elif defined(__aarch64__)
#define VEILWARD_TABLES_OF_THIS_BUILD {.portable = &portable_kernels, .armv8 = &armv8_kernels}
#else
#define VEILWARD_TABLES_OF_THIS_BUILD {.portable = &portable_kernels}
#endif
