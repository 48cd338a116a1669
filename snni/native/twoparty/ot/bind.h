/// The parts of the extension module snni.twoparty._ot, one function a file.
#pragma once

#include <nanobind/nanobind.h>

namespace veilward::ot {

void bind_extension(nanobind::module_& module);
void bind_ferret(nanobind::module_& module);
void bind_kernels(nanobind::module_& module);

}  // namespace veilward::ot
