#pragma once
// Words of 1..56 bits on the wire: least significant bit first, no padding but the last byte's zeros.

#include <cstddef>
#include <cstdint>
#include <span>

#include "twoparty/linear/modulus.h"

namespace veilward::linear {

inline std::size_t packed_bytes(std::size_t count, int bits) {
  return (count * static_cast<std::size_t>(bits) + 7) / 8;
}

/// Packs values[i] >> drop. out.size() == packed_bytes(values.size(), bits). Returns false, with out undefined, where
/// one does not fit.
[[nodiscard]] bool pack_bits(std::span<const u64> values, int drop, int bits, std::span<std::uint8_t> out);

/// Returns false, with values undefined, where a value is not below limit or the last byte's padding is not zero.
[[nodiscard]] bool unpack_bits(std::span<const std::uint8_t> packed, int bits, u64 limit, std::span<u64> values);

}  // namespace veilward::linear
