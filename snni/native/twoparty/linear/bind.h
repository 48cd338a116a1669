/// The parts of the extension module snni.twoparty._linear, one function a file.
#pragma once

#include <nanobind/nanobind.h>

namespace veilward::linear {

void bind_rlwe(nanobind::module_& module);
void bind_shares(nanobind::module_& module);
void bind_product(nanobind::module_& module);
void bind_limbs(nanobind::module_& module);

}  // namespace veilward::linear
