/// Binding of the linear phase's kernels as snni.twoparty._linear. Results are arrays that Python owns.
#include "twoparty/linear/bind.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "aes/aes128.h"
#include "parallel/pool.h"
#include "twoparty/linear/isa.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::linear;

namespace {

std::vector<std::string> isas() {
  std::vector<std::string> out;
  for (const Isa isa : all_isas)
    if (supported(isa)) out.emplace_back(name(isa));
  return out;
}

void use_isas(const std::string& kernels, const std::string& ciphers) {
  for (const Isa isa : all_isas) {
    if (kernels != name(isa)) continue;
    aes::use_isa(aes::isa_named(ciphers));
    return use_isa(isa);
  }
  throw std::invalid_argument("no such instruction set");
}

}  // namespace

NB_MODULE(_linear, module) {
  using namespace nb::literals;
  module.doc() = "Kernels of the homomorphic linear layers.";
  nb::set_leak_warnings(false);  // rings and keys held by Python's modules live until the process ends
  module.def("isas", &isas, "Names of the instruction sets this CPU and build support; 'portable' is the reference.");
  module.def("use_isa", &use_isas, "kernels"_a, "ciphers"_a, "From now on; ciphers as in snni._aes. For tests.");
  module.def(
      "use_threads", [](std::size_t threads) { Pool::shared().use_threads(threads); }, "threads"_a,
      nb::call_guard<nb::gil_scoped_release>(), "Share kernels' work among so many, the caller's among them; 1 to 64.");
  bind_rlwe(module);
  bind_shares(module);
  bind_product(module);
  bind_limbs(module);
}
