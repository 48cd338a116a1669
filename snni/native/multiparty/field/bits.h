/// Bits as elements, and sums of the elements where a bit stands. A bit is read in the order of little-endian bytes.
#pragma once

#include <span>

#include "multiparty/field/kernels.h"

namespace veilward::field {

/// out[i] = weights[i] where bit i is set, 0 where not. Time depends on lengths alone.
void spread(std::span<const std::uint8_t> bits, std::span<const Word> weights, std::span<Word> out);
/// Sum of weights[i] where bit i is set.
[[nodiscard]] Word chosen_sum(std::span<const std::uint8_t> bits, std::span<const Word> weights);

}  // namespace veilward::field
