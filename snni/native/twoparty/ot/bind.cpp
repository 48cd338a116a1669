#include "twoparty/ot/bind.h"

#include "parallel/pool.h"
#include "twoparty/ot/errors.h"

namespace nb = nanobind;

namespace {

void raise_wire_error(const std::exception_ptr& pointer, void*) {
  try {
    std::rethrow_exception(pointer);
  } catch (const veilward::ot::ConsistencyError& error) {
    PyErr_SetString(nb::module_::import_("snni.errors").attr("ConsistencyError").ptr(), error.what());
  } catch (const veilward::ot::WireError& error) {
    PyErr_SetString(nb::module_::import_("snni.errors").attr("WireError").ptr(), error.what());
  }
}

}  // namespace

NB_MODULE(_ot, module) {
  module.doc() = "Oblivious transfer kernels and state. Use snni.twoparty.ot.";
  module.def(
      "use_threads", [](std::size_t threads) { veilward::Pool::shared().use_threads(threads); }, nb::arg("threads"),
      nb::call_guard<nb::gil_scoped_release>(), "Share kernels' work among so many, the caller's among them; 1 to 64.");
  nb::register_exception_translator(raise_wire_error);
  veilward::ot::bind_kernels(module);
  veilward::ot::bind_extension(module);
  veilward::ot::bind_ferret(module);
}
