#include "multiparty/ring_convolution/limbs.h"

namespace veilward::ring_convolution {
namespace {

std::uint32_t word(double whole) { return static_cast<std::uint32_t>(static_cast<std::int64_t>(whole)); }

}  // namespace

void joined(const Sums& shape, std::span<const double> sums, int bits, std::span<std::uint32_t> out) {
  const std::uint32_t ring = ~std::uint32_t{0} >> (32 - bits);
  const std::size_t channels = shape.groups * shape.outputs, row = shape.images * shape.windows;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const std::size_t group = channel / shape.outputs;
    const double* const lowest = sums.data() + (channel + group * (shape.limbs - 1) * shape.outputs) * row;
    for (std::size_t image = 0; image < shape.images; ++image) {
      std::uint32_t* const to = out.data() + (image * channels + channel) * shape.windows;
      const double* from = lowest + image * shape.windows;
      for (std::size_t i = 0; i < shape.windows; ++i) to[i] = word(from[i]) & ring;
      for (std::size_t limb = 1; limb < shape.limbs; ++limb) {
        from += shape.outputs * row;
        const int shift = static_cast<int>(limb) * shape.limb_bits;
        for (std::size_t i = 0; i < shape.windows; ++i) to[i] = (to[i] + (word(from[i]) << shift)) & ring;
      }
    }
  }
}

}  // namespace veilward::ring_convolution
