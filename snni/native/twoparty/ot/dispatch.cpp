#include "aes/tables.h"
#include "twoparty/ot/kernels.h"

namespace veilward::ot {
namespace {

constexpr aes::Tables<Kernels> tables = VEILWARD_TABLES_OF_THIS_BUILD;

}  // namespace

const Kernels& extension_kernels(aes::Isa isa) { return tables.of(isa); }

const Kernels& extension_kernels() { return tables.of(aes::best_isa()); }

}  // namespace veilward::ot
