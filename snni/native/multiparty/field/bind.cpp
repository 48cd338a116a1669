// Binding of GF(2^64) as snni.multiparty._field. Lengths are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "bind/arrays.h"
#include "multiparty/field/bits.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::field;
using bind::span;

namespace {

using U64 = bind::In<Word, nb::ndim<1>>;
using U8 = bind::In<std::uint8_t, nb::ndim<1>>;

void need(bool fits) {
  if (!fits) throw std::invalid_argument("arrays differ in length");
}

}  // namespace

NB_MODULE(_field, m) {
  using namespace nb::literals;
  m.doc() = "Sums of products in GF(2^64).";

  m.def("isas", aes::supported_names, "Instruction sets of this build and CPU, the fastest last.");
  m.def("use_isa", [](const std::string& isa) { aes::use_isa(aes::isa_named(isa)); }, "isa"_a, "For tests.");
  m.def(
      "dot",
      [](U64 a, U64 b) {
        need(a.size() == b.size());
        nb::gil_scoped_release free;
        return field_kernels().dot(a.data(), b.data(), a.size());
      },
      "a"_a, "b"_a, "Sum of products.");
  m.def(
      "dot_of_sums",
      [](U64 a, U64 b) {
        need(a.size() == b.size() && a.size() % 2 == 0);
        nb::gil_scoped_release free;
        return field_kernels().dot_of_sums(a.data(), b.data(), a.size() / 2);
      },
      "a"_a, "b"_a, "Sum of products of what each array's halves sum to.");
  m.def(
      "fold",
      [](U64 values, Word r) {
        need(values.size() % 2 == 0);
        bind::Owned<Word> out(values.size() / 2);
        {
          nb::gil_scoped_release free;
          field_kernels().fold(values.data(), r, out.data(), values.size() / 2);
        }
        return out.release({values.size() / 2});
      },
      "values"_a, "r"_a, "Lower half plus r times the sum of both.");
  m.def(
      "scale",
      [](U64 values, Word r) {
        bind::Owned<Word> out(values.size());
        {
          nb::gil_scoped_release free;
          field_kernels().scale(values.data(), r, out.data(), values.size());
        }
        return out.release({values.size()});
      },
      "values"_a, "r"_a, "r times each.");
  m.def(
      "spread",
      [](U8 bits, U64 weights) {
        need(bits.size() == (weights.size() + 7) / 8);
        bind::Owned<Word> out(weights.size());
        {
          nb::gil_scoped_release free;
          spread(span(bits), span(weights), out.span());
        }
        return out.release({weights.size()});
      },
      "bits"_a, "weights"_a, "A weight where its bit is set, 0 where not.");
  m.def(
      "chosen_sum",
      [](U8 bits, U64 weights) {
        need(bits.size() == (weights.size() + 7) / 8);
        nb::gil_scoped_release free;
        return chosen_sum(span(bits), span(weights));
      },
      "bits"_a, "weights"_a, "Sum of the weights whose bits are set.");
}
