#include "aes/tables.h"
#include "multiparty/field/kernels.h"

namespace veilward::field {
namespace {

constexpr aes::Tables<Kernels> tables = VEILWARD_TABLES_OF_THIS_BUILD;

}  // namespace

const Kernels& field_kernels(aes::Isa isa) { return tables.of(isa); }

const Kernels& field_kernels() { return tables.of(aes::best_isa()); }

}  // namespace veilward::field
