#include "twoparty/linear/bits.h"

#include <algorithm>
#include <cstring>

namespace veilward::linear {

bool pack_bits(std::span<const u64> values, int drop, int bits, std::span<std::uint8_t> out) {
  u64 pending = 0, every = 0;
  int filled = 0;
  std::uint8_t* at = out.data();
  for (const u64 whole : values) {
    const u64 value = whole >> drop;
    every |= value;
    pending |= value << filled;
    filled += bits;
    if (filled >= 64) {
      std::memcpy(at, &pending, 8);
      at += 8;
      filled -= 64;
      pending = filled == 0 ? 0 : value >> (bits - filled);
    }
  }
  for (; filled > 0; filled -= 8, pending >>= 8) *at++ = static_cast<std::uint8_t>(pending);
  return every >> bits == 0;
}

bool unpack_bits(std::span<const std::uint8_t> packed, int bits, u64 limit, std::span<u64> values) {
  const u64 mask = (u64{1} << bits) - 1;
  const std::size_t width = static_cast<std::size_t>(bits);
  const std::size_t count = values.size();
  const std::size_t whole = packed.size() < 8 ? 0 : std::min(count, ((packed.size() - 8) * 8) / width + 1);
  u64 too_large = 0;
  for (std::size_t i = 0; i < whole; ++i) {
    const std::size_t bit = i * width;
    u64 word;
    std::memcpy(&word, packed.data() + (bit >> 3), 8);
    values[i] = (word >> (bit & 7)) & mask;
    too_large |= values[i] >= limit;
  }
  for (std::size_t i = whole; i < count; ++i) {
    const std::size_t bit = i * width;
    u64 word = 0;
    std::memcpy(&word, packed.data() + (bit >> 3), std::min<std::size_t>(8, packed.size() - (bit >> 3)));
    values[i] = (word >> (bit & 7)) & mask;
    too_large |= values[i] >= limit;
  }
  const std::size_t spare = packed.size() * 8 - count * width;
  const bool padded = spare > 0 && (packed.back() >> (8 - spare)) != 0;
  return too_large == 0 && !padded;
}

}  // namespace veilward::linear
