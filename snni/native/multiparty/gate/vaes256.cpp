#include "multiparty/gate/body.h"

namespace veilward::gate {

const Kernels vaes256_kernels = body_kernels;

}  // namespace veilward::gate
