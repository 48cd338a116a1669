// Words of up to 32 slots, one bit each: what a digit's carry is in every slot, and XOR permutations of the slots.
#pragma once
#include <cstdint>

namespace veilward::nonlinear {

/// Slots whose number has bit j clear.
inline constexpr std::uint32_t kClear[6] = {0x55555555u, 0x33333333u, 0x0f0f0f0fu, 0x00ff00ffu, 0x0000ffffu, ~0u};

/// 2^slots - 1 for 1 <= slots <= 32.
constexpr std::uint32_t low_slots(unsigned slots) { return ~0u >> (32 - slots); }

/// Moves slot i to slot i XOR e, for e below 2^bits.
constexpr std::uint32_t permuted(std::uint32_t word, std::uint32_t e, int bits) {
  for (int j = 0; j < bits; ++j) {
    const std::uint32_t moved = ((word >> (1 << j)) ^ word) & kClear[j] & (0u - ((e >> j) & 1u));
    word ^= moved ^ (moved << (1 << j));
  }
  return word;
}

}  // namespace veilward::nonlinear
