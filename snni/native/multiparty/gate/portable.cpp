#include "multiparty/gate/body.h"

namespace veilward::gate {

const Kernels portable_kernels = body_kernels;

}  // namespace veilward::gate
