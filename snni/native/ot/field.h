/// GF(2^128) for the consistency checks (kernels.h says how a block is an element).
#pragma once

#include <span>

#include "ot/kernels.h"

namespace veilward::ot {

/// lo + middle X^64 + hi X^128 modulo the field's polynomial.
inline Block reduce_product(Block lo, Block middle, Block hi) {
  const std::uint64_t high = hi.hi, third = hi.lo ^ middle.hi ^ (high >> 63) ^ (high >> 62) ^ (high >> 57);
  const std::uint64_t second = lo.hi ^ middle.lo ^ high ^ (high << 1) ^ (high << 2) ^ (high << 7);
  return {lo.lo ^ third ^ (third << 1) ^ (third << 2) ^ (third << 7),
          second ^ (third >> 63) ^ (third >> 62) ^ (third >> 57)};
}

/// The powers that Kernels::evaluate takes.
[[nodiscard]] Powers powers_of(Block chi);
/// chi^exponent for exponent < 2^bits, in time that depends on bits alone.
[[nodiscard]] Block power(Block chi, std::size_t exponent, int bits);
/// XOR_i in[i] X^i, at most 128 blocks.
[[nodiscard]] Block packed(std::span<const Block> in);

}  // namespace veilward::ot
