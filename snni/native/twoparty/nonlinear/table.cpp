#include "twoparty/nonlinear/table.h"

#include "twoparty/nonlinear/slots.h"

namespace veilward::nonlinear {
namespace {

/// Differences of the slots that bit j of their number parts, 2^(bits-1) of them from bit 0 on.
std::uint32_t gathered(std::uint32_t word, int j, int bits) {
  std::uint32_t out = (word ^ (word >> (1 << j))) & kClear[j];
  for (int k = j; k + 1 < bits; ++k) out = (out | (out >> (1 << k))) & kClear[k + 1];
  return out & low_slots(1u << (bits - 1));
}

/// The inverse, at both slots of each pair.
std::uint32_t spread(std::uint32_t pairs, int j, int bits) {
  for (int k = bits - 2; k >= j; --k) pairs = (pairs | (pairs << (1 << k))) & kClear[k];
  return pairs | (pairs << (1 << j));
}

}  // namespace

void table_fill(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> carry_mask,
                std::span<std::uint32_t> tables) {
  const std::uint32_t digits = 1u << digit_bits, used = low_slots(digits);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    // The carry of digits c and s leaves where c > NOT s, that is s > NOT c, or c == NOT s with a carry in.
    const std::uint32_t equal = 1u << (~(c[i] >> shift) & (digits - 1)), greater = used & ~((equal << 1) - 1);
    if (carry_mask.empty()) {
      tables[i] = greater;
      continue;
    }
    const std::uint32_t mask = 0u - (carry_mask[i] & 1u);
    tables[i] = (greater | (equal & mask)) | ((greater | (equal & ~mask)) << digits);
  }
}

void table_swap_client(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint32_t> p0,
                       std::span<const std::uint32_t> p1, std::span<std::uint32_t> correction) {
  const std::uint32_t used = low_slots(1u << (bits - 1));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    correction[i] = (p0[i] ^ p1[i] ^ gathered(tables[i], j, bits)) & used;
    tables[i] ^= spread(p0[i] & used, j, bits);
  }
}

void table_swap_server(std::span<std::uint32_t> tables, int j, int bits, std::span<const std::uint8_t> rho,
                       std::span<const std::uint32_t> pad, std::span<const std::uint32_t> correction) {
  const std::uint32_t used = low_slots(1u << (bits - 1));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::uint32_t chosen = 0u - (rho[i] & 1u);
    tables[i] ^= spread((pad[i] ^ (chosen & (correction[i] ^ gathered(tables[i], j, bits)))) & used, j, bits);
  }
}

void table_look(std::span<const std::uint32_t> tables, std::span<const std::uint8_t> at,
                std::span<std::uint8_t> share) {
  for (std::size_t i = 0; i < share.size(); ++i)
    share[i] = static_cast<std::uint8_t>((tables[i] >> (at[i] & 31u)) & 1u);
}

}  // namespace veilward::nonlinear
