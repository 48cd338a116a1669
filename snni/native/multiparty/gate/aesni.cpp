#include "multiparty/gate/body.h"

namespace veilward::gate {

const Kernels aesni_kernels = body_kernels;

}  // namespace veilward::gate
