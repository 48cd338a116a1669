// Lookups with 64 to 256 slots, the server sending: leaf.h's, with a digit of up to eight bits, so that one lookup or
// two make a comparison. A slot's number is as there; a word is 2^b bits long, in rows of 32.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

/// Server. As leaf_words; digit_bits + 1 where there are carries, digit_bits where not: 6 to 8. words: rows of
/// 2^(that) / 32. pads: rows of `pad_words`, of which as many are read.
void wide_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const std::uint8_t> carry, std::span<const std::uint8_t> share,
                std::span<const std::uint32_t> pads, std::size_t pad_words, std::span<std::uint32_t> words);

/// Client. Opens slot rho, whose pad is bit 0 of its pads, into its share of the carry out. rho below 2^bits.
void wide_open(std::span<const std::uint32_t> words, int bits, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<std::uint8_t> share);

}  // namespace veilward::nonlinear
