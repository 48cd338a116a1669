/// The tables that the per-instruction-set sources define. A build has those of its own architecture.
#pragma once

#include "aes/aes128.h"

namespace veilward::aes {

extern const Kernels portable_kernels;
extern const Kernels aesni_kernels;
extern const Kernels vaes256_kernels;
extern const Kernels vaes512_kernels;
extern const Kernels armv8_kernels;

}  // namespace veilward::aes
