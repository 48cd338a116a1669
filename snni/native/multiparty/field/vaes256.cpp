#include "aes/vec_x86.h"
#include "multiparty/field/lanes.h"

namespace veilward::field {

const Kernels vaes256_kernels = lane_kernels<aes::Vec256>;

}  // namespace veilward::field
