/// GF(2^128) for the consistency checks (kernels.h says how a block is an element).
#pragma once

#include <span>

#include "twoparty/ot/kernels.h"

namespace veilward::ot {

/// The powers that Kernels::evaluate takes.
[[nodiscard]] Powers powers_of(Block chi);
/// chi^exponent for exponent < 2^bits, in time that depends on bits alone.
[[nodiscard]] Block power(Block chi, std::size_t exponent, int bits);
/// XOR_i in[i] X^i, at most 128 blocks.
[[nodiscard]] Block packed(std::span<const Block> in);

}  // namespace veilward::ot
