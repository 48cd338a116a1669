#include "aes/vec_arm.h"
#include "multiparty/field/lanes.h"

namespace veilward::field {

const Kernels armv8_kernels = lane_kernels<aes::VecNeon>;

}  // namespace veilward::field
