#include "aes/vec_arm.h"
#include "twoparty/ot/lanes.h"

namespace veilward::ot {

const Kernels armv8_kernels = lane_kernels<aes::VecNeon>;

}  // namespace veilward::ot
