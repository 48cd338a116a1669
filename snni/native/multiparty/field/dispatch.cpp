#include <stdexcept>

#include "multiparty/field/kernels.h"

namespace veilward::field {

const Kernels& field_kernels(aes::Isa isa) {
  if (!aes::supported(isa)) throw std::invalid_argument("this CPU or build has no such instructions");
  switch (isa) {
#if defined(__x86_64__)
    case aes::Isa::aesni:
      return aesni_kernels;
    case aes::Isa::vaes256:
      return vaes256_kernels;
    case aes::Isa::vaes512:
      return vaes512_kernels;
#elif defined(__aarch64__)
    case aes::Isa::armv8:
      return armv8_kernels;
#endif
    default:
      return portable_kernels;
  }
}

const Kernels& field_kernels() { return field_kernels(aes::best_isa()); }

}  // namespace veilward::field
