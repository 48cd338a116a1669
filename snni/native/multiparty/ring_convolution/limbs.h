/// Sums of products by weights that were cut into limbs, put together again in Z_2^k.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace veilward::ring_convolution {

/// Of each group `limbs` times `outputs` rows, the lowest limb first, of so many images' windows side by side.
struct Sums {
  std::size_t groups, limbs, outputs, images, windows;
  int limb_bits;
};

/// sums: [groups][limbs][outputs][images][windows], whole numbers in [0, 2^53). out: [images][groups outputs][windows],
/// mod 2^bits, 1 <= bits <= 32.
void joined(const Sums& shape, std::span<const double> sums, int bits, std::span<std::uint32_t> out);

}  // namespace veilward::ring_convolution
