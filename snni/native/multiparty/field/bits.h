/// Bits of many values as planes: one bit of each, packed, in the order of little-endian bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace veilward::field {

constexpr std::size_t plane_bytes(std::size_t values) { return (values + 7) / 8; }
/// The lowest `bits` bits of each value, a plane each, one after another; what is behind the last value is 0. bits is
/// at most 32. Time depends on lengths alone.
void planes(std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out);

}  // namespace veilward::field
