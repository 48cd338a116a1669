#include "aes/vec_x86.h"
#include "twoparty/ot/lanes.h"

namespace veilward::ot {

const Kernels vaes512_kernels = lane_kernels<aes::Vec512>;

}  // namespace veilward::ot
