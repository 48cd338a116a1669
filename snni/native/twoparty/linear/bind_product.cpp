/// Exact products in doubles.
#include <nanobind/stl/string.h>

#include <string>

#include "twoparty/linear/bind.h"
#include "twoparty/linear/checks.h"

namespace veilward::linear {
namespace {

const TileSet& tiles_named(const std::string& name) {
  if (name == "best") return best_tiles();
  if (name == "portable") return portable_tiles();
#if defined(__x86_64__)
  if (name == "avx2" && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_tiles();
  if (name == "avx512" && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl"))
    return avx512_tiles();
#endif
  throw std::invalid_argument("this machine has no such kernel");
}

Out<double> digits(const Rows& values, u64 q, int digit_bits, std::size_t extension, std::size_t stride) {
  need_digits(q, digit_bits);
  const std::size_t count = values.shape(0), n = values.shape(1);
  need(n > 0 && extension <= n && stride >= n + extension, "extension out of range");
  need_below(span(values), q, "a residue is not below the modulus");
  Owned<double> out(times(2 * count, stride));
  {
    nb::gil_scoped_release free;
    signed_digits(span(values), n, q, digit_bits, extension, stride, out.span().data(),
                  out.span().data() + count * stride);
  }
  return out.release({std::size_t{2}, count, stride});
}

Out<u64> convolve(const In<double, nb::ndim<3>>& operands, const In<std::int64_t, nb::ndim<2>>& offsets,
                  const In<std::int8_t, nb::ndim<2>>& weights, std::size_t columns, u64 q, int digit_bits,
                  const std::string& kernel) {
  need(operands.shape(0) == 2, "ciphertexts have two digits");
  need_digits(q, digit_bits);
  const std::size_t readable = operands.shape(1) * operands.shape(2);
  const Matrix matrix = matrix_of(weights, offsets, readable, columns, align_columns(columns));
  const TileSet& tiles = tiles_named(kernel);
  Owned<u64> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    const double* const both[2] = {operands.data(), operands.data() + readable};
    product_mod(matrix, both, digit_bits, q, columns, out.span().data(), tiles);
  }
  return out.release({matrix.outputs, columns});
}

Out<std::uint32_t> convolve_ring(const In<double, nb::ndim<2>>& operands, const In<std::int64_t, nb::ndim<2>>& offsets,
                                 const In<std::int8_t, nb::ndim<2>>& weights, std::size_t columns, int ring_bits,
                                 const std::string& kernel) {
  need_ring(ring_bits);
  const Matrix matrix = matrix_of(weights, offsets, operands.size(), columns, align_columns(columns));
  const TileSet& tiles = tiles_named(kernel);
  Owned<std::uint32_t> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    product_ring(matrix, operands.data(), ring_bits, columns, out.span().data(), tiles);
  }
  return out.release({matrix.outputs, columns});
}

}  // namespace

void bind_product(nb::module_& module) {
  using namespace nb::literals;
  module.def("digits", &digits, "values"_a, "q"_a, "digit_bits"_a, "extension"_a, "stride"_a,
             "Both signed digits of residues [n, degree], float64 [2, n, stride]; `extension` words follow negated.");
  module.def("convolve", &convolve, "operands"_a, "offsets"_a, "weights"_a, "columns"_a, "q"_a, "digit_bits"_a,
             "kernel"_a = "best", "Weights int8 [outputs, terms] times digits at their offsets, mod q.");
  module.def("convolve_ring", &convolve_ring, "operands"_a, "offsets"_a, "weights"_a, "columns"_a, "ring_bits"_a,
             "kernel"_a = "best", "The same product of plain words below 2^ring_bits, mod 2^ring_bits.");
}

}  // namespace veilward::linear
