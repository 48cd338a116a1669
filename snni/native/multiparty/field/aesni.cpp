#include "aes/vec_x86.h"
#include "multiparty/field/lanes.h"

namespace veilward::field {

const Kernels aesni_kernels = lane_kernels<aes::Vec128>;

}  // namespace veilward::field
