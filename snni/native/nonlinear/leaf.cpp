#include "leaf.hpp"

#include <array>

namespace veilward::nonlinear {
namespace {

/// entry [y * 16 + e]: the unmasked word, slots 0..15 for gt and 16..31 for eq.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (unsigned y = 0; y < 16; ++y)
    for (unsigned e = 0; e < 16; ++e)
      for (unsigned j = 0; j < 16; ++j) {
        if (j > y) table[y * 16 + e] |= 1u << (j ^ e);
        if (j == y) table[y * 16 + e] |= 1u << (16 + (j ^ e));
      }
  return table;
}
constexpr auto kTable = make_table();

}  // namespace

void leaf_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const NodeShare> share, std::span<const std::uint32_t> pads, std::span<std::uint32_t> words) {
  const std::uint32_t digit_mask = (1u << digit_bits) - 1;
  const std::uint32_t slots = (1u << (1u << digit_bits)) - 1;
  const std::uint32_t used = slots | (slots << 16);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t y = (~s[i] >> shift) & digit_mask;
    const std::uint32_t gt = 0u - (share[i] & 1u);
    const std::uint32_t eq = 0u - ((share[i] >> 1) & 1u);
    const std::uint32_t flip = (gt & 0xffffu) | (eq & 0xffff0000u);
    words[i] = (kTable[y * 16 + (e[i] & digit_mask)] ^ flip ^ pads[i]) & used;
  }
}

void leaf_open(std::span<const std::uint32_t> words, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<NodeShare> share) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint32_t at = words[i] >> (rho[i] & 15u);
    share[i] = static_cast<NodeShare>(((at & 1u) | ((at >> 15) & 2u)) ^ (pads[i] & 3u));
  }
}

void leaf_choice(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> rho,
                 std::span<std::uint8_t> e) {
  const std::uint32_t digit_mask = (1u << digit_bits) - 1;
  for (std::size_t i = 0; i < e.size(); ++i) e[i] = static_cast<std::uint8_t>(((c[i] >> shift) ^ rho[i]) & digit_mask);
}

void leaf_squeeze(std::span<std::uint32_t> words, int digit_bits) {
  const int slots = 1 << digit_bits;
  const std::uint32_t low = (1u << slots) - 1;
  for (std::uint32_t& word : words) word = (word & low) | ((word >> 16) << slots);
}

void leaf_spread(std::span<std::uint32_t> words, int digit_bits) {
  const int slots = 1 << digit_bits;
  const std::uint32_t low = (1u << slots) - 1;
  for (std::uint32_t& word : words) word = (word & low) | ((word >> slots) << 16);
}

}  // namespace veilward::nonlinear
