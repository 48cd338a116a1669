/// Binding of the nonlinear kernels as snni.twoparty._nonlinear.
#include "twoparty/nonlinear/bind.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <string>

#include "aes/aes128.h"

namespace nb = nanobind;
using namespace veilward;

NB_MODULE(_nonlinear, m) {
  using namespace nb::literals;
  m.doc() = "Kernels of the online nonlinear protocols.";
  m.def("isas", aes::supported_names, "Instruction sets of this build and CPU, the fastest last.");
  m.def("use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a, "For tests.");
  nonlinear::bind_digits(m);
  nonlinear::bind_gate(m);
  nonlinear::bind_chosen_word(m);
  nonlinear::bind_extension(m);
}
