/// Exact products in bytes.
#include "twoparty/linear/bind.h"
#include "twoparty/linear/checks.h"
#include "twoparty/linear/limbs.h"

namespace veilward::linear {
namespace {

using Planes = In<std::uint8_t, nb::ndim<3>>;

void need_residues(u64 q, std::size_t limbs) {
  need(limbs > 4 && limbs <= 7 && q >> (8 * limbs - 3) != 0 && q >> (8 * limbs) == 0,
       "the modulus does not fill its bytes");
}

Matrix matrix_in(const Planes& operands, const In<std::int64_t, nb::ndim<2>>& offsets,
                 const In<std::int8_t, nb::ndim<2>>& weights, std::size_t columns) {
  const std::size_t readable = operands.shape(1) * operands.shape(2);
  need(columns <= readable, "more columns than operands");
  const Matrix matrix = matrix_of(weights, offsets, readable, columns, align_limbs(columns));
  need(matrix.terms <= kMaxLimbTerms, "more terms than 32 bits hold");
  return matrix;
}

Limbs limbs_in(const Planes& operands) {
  return {operands.data(), operands.shape(1) * operands.shape(2), operands.shape(0)};
}

Out<std::uint8_t> limbs(const Rows& values, u64 q, std::size_t extension, std::size_t stride) {
  const std::size_t count = values.shape(0), n = values.shape(1), planes = limbs_of(bits_of(q));
  need_residues(q, planes);
  need(n > 0 && extension <= n && stride >= n + extension, "extension out of range");
  need_below(span(values), q, "a residue is not below the modulus");
  Owned<std::uint8_t> out(times(planes, times(count, stride)));
  {
    nb::gil_scoped_release free;
    residue_limbs(span(values), n, q, planes, extension, stride, out.data());
  }
  return out.release({planes, count, stride});
}

Out<std::uint8_t> ring_limbs(const In<std::uint32_t, nb::ndim<2>>& values, int ring_bits) {
  need_ring(ring_bits);
  const std::size_t planes = limbs_of(ring_bits);
  Owned<std::uint8_t> out(times(planes, values.size()));
  {
    nb::gil_scoped_release free;
    word_limbs(span(values), planes, out.data());
  }
  return out.release({planes, values.shape(0), values.shape(1)});
}

Out<u64> convolve(const Planes& operands, const In<std::int64_t, nb::ndim<2>>& offsets,
                  const In<std::int8_t, nb::ndim<2>>& weights, std::size_t columns, u64 q) {
  need_residues(q, operands.shape(0));
  const Matrix matrix = matrix_in(operands, offsets, weights, columns);
  Owned<u64> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    limb_product_mod(matrix, limbs_in(operands), q, columns, out.data(), best_limb_tiles());
  }
  return out.release({matrix.outputs, columns});
}

Out<std::uint32_t> convolve_ring(const Planes& operands, const In<std::int64_t, nb::ndim<2>>& offsets,
                                 const In<std::int8_t, nb::ndim<2>>& weights, std::size_t columns, int ring_bits) {
  need_ring(ring_bits);
  need(operands.shape(0) == limbs_of(ring_bits), "not as many bytes as the ring has");
  const Matrix matrix = matrix_in(operands, offsets, weights, columns);
  Owned<std::uint32_t> out(times(matrix.outputs, columns));
  {
    nb::gil_scoped_release free;
    limb_product_ring(matrix, limbs_in(operands), ring_bits, columns, out.data(), best_limb_tiles());
  }
  return out.release({matrix.outputs, columns});
}

}  // namespace

void bind_limbs(nb::module_& module) {
  using namespace nb::literals;
  module.def("has_limb_kernels", &has_limb_tiles, "Whether products in bytes are faster here than those in doubles.");
  module.attr("MAX_LIMB_TERMS") = kMaxLimbTerms;
  module.def("limbs", &limbs, "values"_a, "q"_a, "extension"_a, "stride"_a,
             "The bytes of residues [n, degree], uint8 [limbs, n, stride]; `extension` words follow negated.");
  module.def("ring_limbs", &ring_limbs, "values"_a, "ring_bits"_a,
             "The bytes of words below 2^ring_bits, uint8 [limbs, n, stride].");
  module.def("convolve_limbs", &convolve, "operands"_a, "offsets"_a, "weights"_a, "columns"_a, "q"_a,
             "What convolve gives, from the same residues' bytes.");
  module.def("convolve_ring_limbs", &convolve_ring, "operands"_a, "offsets"_a, "weights"_a, "columns"_a, "ring_bits"_a,
             "What convolve_ring gives, from the same words' bytes.");
}

}  // namespace veilward::linear
