// Binding of bit packing as snni.wire._packing. Callers own every output; lengths are checked here.
#include <nanobind/nanobind.h>

#include <stdexcept>

#include "bind/arrays.h"
#include "wire/pack.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::wire;
using bind::span;

namespace {

using U32 = bind::In<std::uint32_t, nb::ndim<1>>;
using U8 = bind::In<std::uint8_t, nb::ndim<1>>;
using OutU32 = bind::Edit<std::uint32_t, nb::ndim<1>>;
using OutU8 = bind::Edit<std::uint8_t, nb::ndim<1>>;

template <typename... Arrays>
void need(std::size_t n, const Arrays&... arrays) {
  if (((arrays.size() != n) || ...)) throw std::invalid_argument("arrays differ in length");
}

void need_range(int value, int low, int high, const char* what) {
  if (value < low || value > high) throw std::invalid_argument(what);
}

constexpr const char* kBits = "bits outside 1..32";

}  // namespace

NB_MODULE(_packing, m) {
  using namespace nb::literals;
  const auto free_gil = nb::call_guard<nb::gil_scoped_release>();
  m.doc() = "Dense bit packing.";

  m.def(
      "pack_words",
      [](U32 values, int bits, OutU8 out) {
        need_range(bits, 1, 32, kBits);
        need(packed_bytes(values.size(), bits), out);
        pack_words(span(values), bits, span(out));
      },
      "values"_a, "bits"_a, "out"_a, free_gil, "Values in `bits` bits each, least significant first.");
  m.def(
      "pack_bytes",
      [](U8 values, int bits, OutU8 out) {
        need_range(bits, 1, 8, "bits outside 1..8");
        need(packed_bytes(values.size(), bits), out);
        pack_bytes(span(values), bits, span(out));
      },
      "values"_a, "bits"_a, "out"_a, free_gil, "The same of values below 2^8.");
  m.def(
      "unpack_words",
      [](U8 packed, int bits, OutU32 values) {
        need_range(bits, 1, 32, kBits);
        need(packed_bytes(values.size(), bits), packed);
        unpack_words(span(packed), bits, span(values));
      },
      "packed"_a, "bits"_a, "values"_a, free_gil, "The inverse.");
  m.def(
      "unpack_bytes",
      [](U8 packed, int bits, OutU8 values) {
        need_range(bits, 1, 8, "bits outside 1..8");
        need(packed_bytes(values.size(), bits), packed);
        unpack_bytes(span(packed), bits, span(values));
      },
      "packed"_a, "bits"_a, "values"_a, free_gil, "The inverse.");
}
