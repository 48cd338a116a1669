// Binding of a convolution's windows and limbs as snni.multiparty._ring_convolution. Shapes are checked here.
#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>

#include <initializer_list>
#include <stdexcept>
#include <utility>

#include "bind/arrays.h"
#include "multiparty/ring_convolution/limbs.h"
#include "multiparty/ring_convolution/windows.h"

namespace nb = nanobind;
using namespace veilward;
using namespace veilward::ring_convolution;
using bind::span;

namespace {

using Pair = std::pair<std::size_t, std::size_t>;
template <typename Word>
using Images = bind::In<Word, nb::ndim<4>>;
using Products = bind::In<double, nb::ndim<3>>;

void need(bool fits, const char* what) {
  if (!fits) throw std::invalid_argument(what);
}

/// Throws std::invalid_argument: no array has so many.
std::size_t times(std::initializer_list<std::size_t> counts) {
  std::size_t product = 1;
  for (const std::size_t count : counts) {
    if (__builtin_mul_overflow(product, count, &product))
      throw std::invalid_argument("more windows than memory has room");
  }
  return product;
}

Two two(const Pair& of) { return {of.first, of.second}; }

template <typename Word>
bind::Out<double> seen(const Images<Word>& x, const Pair& kernel, const Pair& stride, const Pair& padding, int bits) {
  constexpr std::size_t most = std::size_t{1} << 31;
  const Geometry geometry{x.shape(0), x.shape(1), {x.shape(2), x.shape(3)}, two(kernel), two(stride), two(padding)};
  need(bits >= 1 && bits <= (sizeof(Word) == 4 ? 32 : 53), "bits that a double does not hold, or a word");
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const std::size_t size = geometry.size[axis], edge = geometry.padding[axis];
    need(size <= most && edge <= most, "a picture of more than 2^31 rows or columns");
    need(geometry.kernel[axis] >= 1 && geometry.kernel[axis] <= size + 2 * edge, "a kernel larger than the picture");
    need(geometry.stride[axis] >= 1 && geometry.stride[axis] <= most, "a stride outside 1..2^31");
  }
  bind::Owned<double> out(times({geometry.channels, geometry.kernel[0], geometry.kernel[1], geometry.images,
                                 geometry.places(0), geometry.places(1)}));
  {
    nb::gil_scoped_release free;
    windows(geometry, span(x), bits, out.span());
  }
  return out.release({geometry.rows(), geometry.columns()});
}

bind::Out<std::uint32_t> words(const Products& sums, std::size_t limbs, int limb_bits, std::size_t images, int bits) {
  need(bits >= 1 && bits <= 32, "bits outside 1..32");
  need(limbs >= 1 && limb_bits >= 1 && limb_bits <= 32 && (limbs - 1) * static_cast<std::size_t>(limb_bits) < 32,
       "limbs beyond a word");
  need(sums.shape(1) % limbs == 0 && images >= 1 && sums.shape(2) % images == 0, "rows or columns do not divide");
  const Sums shape{sums.shape(0), limbs, sums.shape(1) / limbs, images, sums.shape(2) / images, limb_bits};
  bind::Owned<std::uint32_t> out(sums.size() / limbs);
  {
    nb::gil_scoped_release free;
    joined(shape, span(sums), bits, out.span());
  }
  return out.release({images, shape.groups * shape.outputs, shape.windows});
}

}  // namespace

NB_MODULE(_ring_convolution, m) {
  using namespace nb::literals;
  m.doc() = "What a convolution among three servers does around its product of doubles.";
  m.def("windows", &seen<std::uint32_t>, "x"_a, "kernel"_a, "stride"_a, "padding"_a, "bits"_a,
        "What windows see of uint32 [N, C, H, W] mod 2^bits: float64 [C kh kw, N OH OW], zero on padding.");
  m.def("wide_windows", &seen<std::uint64_t>, "x"_a, "kernel"_a, "stride"_a, "padding"_a, "bits"_a,
        "The same of uint64, bits at most 53.");
  m.def("joined", &words, "sums"_a, "limbs"_a, "limb_bits"_a, "images"_a, "bits"_a,
        "Sums float64 [groups, limbs M / groups, N P], whole numbers in [0, 2^53): uint32 [N, M, P] mod 2^bits.");
}
