#include "multiparty/gate/body.h"

namespace veilward::gate {

const Kernels armv8_kernels = body_kernels;

}  // namespace veilward::gate
