#include "multiparty/ring_convolution/windows.h"

#include <algorithm>

namespace veilward::ring_convolution {
namespace {

/// Windows whose place `at` of the kernel lies within the picture: [first, last).
struct Inside {
  std::size_t first, last;
};

Inside inside(const Geometry& g, std::size_t axis, std::size_t at) {
  const std::size_t padding = g.padding[axis], stride = g.stride[axis], end = g.size[axis] + padding;
  const std::size_t first = at < padding ? (padding - at + stride - 1) / stride : 0;
  const std::size_t last = at < end ? (end - at + stride - 1) / stride : 0;
  return {std::min(first, g.places(axis)), std::clamp(last, std::min(first, g.places(axis)), g.places(axis))};
}

template <typename Word>
void seen(const Geometry& g, std::span<const Word> x, int bits, std::span<double> out) {
  const std::uint64_t ring = (std::uint64_t{1} << bits) - 1;
  const std::size_t picture = g.size[0] * g.size[1], high = g.places(0), wide = g.places(1);
  double* to = out.data();
  for (std::size_t channel = 0; channel < g.channels; ++channel) {
    for (std::size_t down = 0; down < g.kernel[0]; ++down) {
      const Inside rows = inside(g, 0, down);
      for (std::size_t across = 0; across < g.kernel[1]; ++across) {
        const Inside columns = inside(g, 1, across);
        for (std::size_t image = 0; image < g.images; ++image) {
          const Word* const from = x.data() + (image * g.channels + channel) * picture;
          for (std::size_t row = 0; row < high; ++row, to += wide) {
            if (row < rows.first || row >= rows.last) {
              std::fill_n(to, wide, 0.0);
              continue;
            }
            const Word* const line = from + (row * g.stride[0] + down - g.padding[0]) * g.size[1];
            std::fill(to, to + columns.first, 0.0);
            for (std::size_t column = columns.first; column < columns.last; ++column)
              to[column] = static_cast<double>(
                  static_cast<std::int64_t>(line[column * g.stride[1] + across - g.padding[1]] & ring));
            std::fill(to + columns.last, to + wide, 0.0);
          }
        }
      }
    }
  }
}

}  // namespace

void windows(const Geometry& geometry, std::span<const std::uint32_t> x, int bits, std::span<double> out) {
  seen(geometry, x, bits, out);
}
void windows(const Geometry& geometry, std::span<const std::uint64_t> x, int bits, std::span<double> out) {
  seen(geometry, x, bits, out);
}

}  // namespace veilward::ring_convolution
