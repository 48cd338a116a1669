/// What the dealer sends the second evaluator: values less, or XOR, what the first draws, packed. Drawn, taken off and
/// packed piece by piece, so that no array of draws is ever made.
#pragma once

#include <cstdint>
#include <span>

namespace veilward::gate {

enum class Shared { sum, exclusive };

/// out: packed_bytes(values.size(), bits) (wire/pack.h), 1 <= bits <= 32. Stream `stream` of the seed, as aes/prg.h.
void hide(std::span<const std::uint8_t, 16> seed, std::uint64_t stream, Shared how,
          std::span<const std::uint32_t> values, int bits, std::span<std::uint8_t> out);

}  // namespace veilward::gate
