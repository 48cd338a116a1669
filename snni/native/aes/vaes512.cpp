#include "aes/isa_tables.h"
#include "aes/lanes.h"
#include "aes/vec_x86.h"

namespace veilward::aes {

const Kernels vaes512_kernels = lane_kernels<Vec512>;

}  // namespace veilward::aes
