// Binding of GF(2^64) as snni.multiparty._field. Lengths are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <optional>
#include <stdexcept>

#include "bind/arrays.h"
#include "multiparty/field/bits.h"
#include "multiparty/field/kernels.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::field;
using bind::span;

namespace {

using U64 = bind::In<Word, nb::ndim<1>>;
using U32 = bind::In<std::uint32_t, nb::ndim<1>>;
using Rows = bind::In<Word, nb::ndim<2>>;

void need(bool fits) {
  if (!fits) throw std::invalid_argument("arrays differ in length");
}

/// How many rows there are, at most 64. Throws std::invalid_argument unless it is a power of two.
std::size_t rows_of(const Rows& rows) {
  const std::size_t count = rows.shape(0);
  if (count == 0 || count > word_bits || (count & (count - 1)) != 0) throw std::invalid_argument("1, 2, 4 .. 64 rows");
  return count;
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
      "planes",
      [](U32 values, int bits) {
        if (bits < 0 || bits > 32) throw std::invalid_argument("a word has 32 bits");
        const std::size_t each = plane_bytes(values.size()), count = static_cast<std::size_t>(bits);
        bind::Owned<std::uint8_t> out(count * each);
        {
          nb::gil_scoped_release free;
          planes(span(values), bits, out.span());
        }
        return out.release({count, each});
      },
      "values"_a, "bits"_a, "The lowest bits of each value, a packed plane each.");
  m.def(
      "ends",
      [](Rows a, Rows b, U64 weights) {
        need(a.shape(0) == b.shape(0) && a.shape(1) == b.shape(1) && a.shape(1) == weights.size());
        const std::size_t rows = rows_of(a);
        std::size_t points = 1;
        for (std::size_t left = rows; left > 1; left /= 2) points *= 3;
        bind::Owned<Word> out(points);
        {
          nb::gil_scoped_release free;
          field_kernels().ends(a.data(), b.data(), weights.data(), rows, weights.size(), out.data());
        }
        return out.release({points});
      },
      "a"_a, "b"_a, "weights"_a,
      "Of bits as a polynomial's values at the corners: weighted sums of products at 0, 1, infinity of each variable.");
  m.def(
      "unpack",
      [](Rows bits, U64 factors, std::optional<U64> weights) {
        need(factors.size() == rows_of(bits) && (!weights || weights->size() == bits.shape(1)));
        const std::size_t n = bits.shape(1);
        bind::Owned<Word> out(word_bits * n);
        {
          nb::gil_scoped_release free;
          field_kernels().unpack(bits.data(), factors.data(), weights ? weights->data() : nullptr, factors.size(), n,
                                 out.data());
        }
        return out.release({word_bits * n});
      },
      "bits"_a, "factors"_a, "weights"_a.none(),
      "For each bit of a row's word the sum of the rows' factors where it stands, times its word's weight and X^bit.");
}
