/// An opened value: this evaluator's shares and the packed ones of the other.
#pragma once

#include <cstdint>
#include <span>

namespace veilward::gate {

/// out[i] = shares[i] + the other's, mod 2^bits; packed: packed_bytes(shares.size(), bits) (wire/pack.h).
void opened_sums(std::span<const std::uint32_t> shares, std::span<const std::uint8_t> packed, int bits,
                 std::span<std::uint32_t> out);
/// out[i] = shares[i] XOR the other's, in 0..1.
void opened_bits(std::span<const std::uint8_t> shares, std::span<const std::uint8_t> packed,
                 std::span<std::uint8_t> out);

}  // namespace veilward::gate
