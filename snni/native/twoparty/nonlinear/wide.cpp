#include "twoparty/nonlinear/wide.h"

#include "twoparty/nonlinear/slots.h"

namespace veilward::nonlinear {
namespace {

/// All slots of a row of 32, where they are below `first` in their digit: slot `at` of the row on.
std::uint32_t slots_from(unsigned at) { return at >= 32 ? 0u : ~0u << at; }

/// Row `row` of 1{slot > y}, and of 1{slot == y}.
std::uint32_t greater_of(unsigned row, unsigned y) { return y < 32 * row ? ~0u : slots_from(y - 32 * row + 1); }
std::uint32_t equal_of(unsigned row, unsigned y) {
  return (0u - static_cast<std::uint32_t>(row == y / 32)) & (1u << (y % 32));
}

}  // namespace

void wide_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const std::uint8_t> carry, std::span<const std::uint8_t> share,
                std::span<const std::uint32_t> pads, std::size_t pad_words, std::span<std::uint32_t> words) {
  const bool carries = !carry.empty();
  const unsigned digits = 1u << digit_bits, rows = (carries ? 2 * digits : digits) / 32;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const unsigned y = (~s[i] >> shift) & (digits - 1);
    const std::uint32_t in = carries ? 0u - (carry[i] & 1u) : 0u, masked = 0u - (share[i] & 1u);
    for (unsigned row = 0; row < rows; ++row) {
      // Slot number XOR e: its low five bits within a row, the others say which row is sent here.
      const unsigned from = row ^ (e[i] >> 5u), digit_row = from & (digits / 32 - 1);
      const std::uint32_t equal = (from & (digits / 32)) != 0 ? ~in : in;
      const std::uint32_t word = greater_of(digit_row, y) | (equal_of(digit_row, y) & equal);
      words[rows * i + row] = permuted(word, e[i] & 31u, 5) ^ masked ^ pads[pad_words * i + row];
    }
  }
}

void wide_open(std::span<const std::uint32_t> words, int bits, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<std::uint8_t> share) {
  const std::size_t rows = (std::size_t{1} << bits) / 32;
  for (std::size_t i = 0; i < share.size(); ++i) {
    std::uint32_t word = 0;
    for (std::size_t row = 0; row < rows; ++row)  // all are read: the time does not depend on the choice
      word |= words[rows * i + row] & (0u - static_cast<std::uint32_t>(row == (rho[i] >> 5u)));
    share[i] = static_cast<std::uint8_t>(((word >> (rho[i] & 31u)) ^ pads[i]) & 1u);
  }
}

}  // namespace veilward::nonlinear
