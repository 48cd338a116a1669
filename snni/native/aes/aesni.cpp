#include "aes/isa_tables.h"
#include "aes/lanes.h"
#include "aes/vec_x86.h"

namespace veilward::aes {

const Kernels aesni_kernels = lane_kernels<Vec128>;

}  // namespace veilward::aes
