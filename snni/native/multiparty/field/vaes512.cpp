#include "aes/vec_x86.h"
#include "multiparty/field/lanes.h"

namespace veilward::field {

const Kernels vaes512_kernels = lane_kernels<aes::Vec512>;

}  // namespace veilward::field
