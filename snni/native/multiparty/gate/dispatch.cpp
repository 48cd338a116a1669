#include "aes/tables.h"
#include "multiparty/gate/kernels.h"

namespace veilward::gate {
namespace {

constexpr aes::Tables<Kernels> tables{
    .portable = &portable_kernels,
#if defined(__x86_64__)
    .aesni = &aesni_kernels,
    .vaes256 = &vaes256_kernels,
    .vaes512 = &vaes512_kernels,
#elif defined(__aarch64__)
    .armv8 = &armv8_kernels,
#endif
};

}  // namespace

const Kernels& gate_kernels(aes::Isa isa) { return tables.of(isa); }

const Kernels& gate_kernels() { return tables.of(aes::best_isa()); }

}  // namespace veilward::gate
