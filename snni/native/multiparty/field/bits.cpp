#include "multiparty/field/bits.h"

#include <algorithm>

namespace veilward::field {
namespace {

/// Bytes of eight rows become those of eight columns (Warren, Hacker's Delight, section 7-3).
std::uint64_t transposed(std::uint64_t x) {
  const auto swapped = [](std::uint64_t y, int by, std::uint64_t mask) {
    const std::uint64_t t = (y ^ (y >> by)) & mask;
    return y ^ t ^ (t << by);
  };
  x = swapped(x, 7, 0x00AA00AA00AA00AA);
  x = swapped(x, 14, 0x0000CCCC0000CCCC);
  return swapped(x, 28, 0x00000000F0F0F0F0);
}

/// The byte of `count` values, at most 8, that begins at bit `from`, the first value's lowest.
std::uint64_t bytes_of(const std::uint32_t* values, std::size_t count, int from) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < count; ++i) out |= static_cast<std::uint64_t>((values[i] >> from) & 0xff) << (8 * i);
  return out;
}

}  // namespace

void planes(std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out) {
  const std::size_t each = plane_bytes(values.size());
  for (int from = 0; from < bits; from += 8) {
    const int taken = std::min(8, bits - from);
    std::uint8_t* const first = out.data() + static_cast<std::size_t>(from) * each;
    for (std::size_t at = 0; at < each; ++at) {
      const std::size_t left = values.size() - 8 * at;
      const std::uint32_t* const eight = values.data() + 8 * at;
      const std::uint64_t columns = transposed(left >= 8 ? bytes_of(eight, 8, from) : bytes_of(eight, left, from));
      for (int bit = 0; bit < taken; ++bit)
        first[static_cast<std::size_t>(bit) * each + at] = static_cast<std::uint8_t>(columns >> (8 * bit));
    }
  }
}

}  // namespace veilward::field
