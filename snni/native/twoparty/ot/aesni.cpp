#include "aes/vec_x86.h"
#include "twoparty/ot/lanes.h"

namespace veilward::ot {

const Kernels aesni_kernels = lane_kernels<aes::Vec128>;

}  // namespace veilward::ot
