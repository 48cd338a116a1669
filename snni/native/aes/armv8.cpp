#include "aes/isa_tables.h"
#include "aes/lanes.h"
#include "aes/vec_arm.h"

namespace veilward::aes {

const Kernels armv8_kernels = lane_kernels<VecNeon>;

}  // namespace veilward::aes
