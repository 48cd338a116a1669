// Dense bit packing of w-bit integers, least significant bit first. Kernels: no allocation, no I/O.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace veilward::wire {

/// Bytes that n values of `bits` bits occupy. 1 <= bits <= 32.
constexpr std::size_t packed_bytes(std::size_t n, int bits) { return (n * static_cast<std::size_t>(bits) + 7) / 8; }

/// out.size() == packed_bytes(values.size(), bits). Bits of a value above `bits` are dropped.
void pack_words(std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out);
void pack_bytes(std::span<const std::uint8_t> values, int bits, std::span<std::uint8_t> out);

/// The inverse. Padding bits after the last value are ignored.
void unpack_words(std::span<const std::uint8_t> packed, int bits, std::span<std::uint32_t> values);
void unpack_bytes(std::span<const std::uint8_t> packed, int bits, std::span<std::uint8_t> values);

}  // namespace veilward::wire
