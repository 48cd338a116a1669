#include "aes/tables.h"
#include "multiparty/gate/kernels.h"

namespace veilward::gate {
namespace {

constexpr aes::Tables<Kernels> tables = VEILWARD_TABLES_OF_THIS_BUILD;

}  // namespace

const Kernels& gate_kernels(aes::Isa isa) { return tables.of(isa); }

const Kernels& gate_kernels() { return tables.of(aes::best_isa()); }

}  // namespace veilward::gate
