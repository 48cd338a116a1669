/// What a convolution's windows see, as the columns of a matrix of doubles. Pure functions; time depends on shapes
/// alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace veilward::ring_convolution {

/// Of height and width.
using Two = std::array<std::size_t, 2>;

struct Geometry {
  std::size_t images, channels;
  Two size, kernel, stride, padding;

  /// Windows along an axis.
  [[nodiscard]] constexpr std::size_t places(std::size_t axis) const {
    return (size[axis] + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
  }
  [[nodiscard]] constexpr std::size_t rows() const { return channels * kernel[0] * kernel[1]; }
  [[nodiscard]] constexpr std::size_t columns() const { return images * places(0) * places(1); }
};

/// x: [images][channels][height][width], of which the lowest 1 <= bits <= 32 are taken, of wide words up to 53. out:
/// [rows][columns], rows by channel and place within the window, columns by image and window; zero where a window lies
/// on padding.
void windows(const Geometry& geometry, std::span<const std::uint32_t> x, int bits, std::span<double> out);
void windows(const Geometry& geometry, std::span<const std::uint64_t> x, int bits, std::span<double> out);

}  // namespace veilward::ring_convolution
