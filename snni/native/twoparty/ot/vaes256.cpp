#include "aes/vec_x86.h"
#include "twoparty/ot/lanes.h"

namespace veilward::ot {

const Kernels vaes256_kernels = lane_kernels<aes::Vec256>;

}  // namespace veilward::ot
