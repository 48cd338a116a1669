// Lookups of one digit's carry by oblivious transfer, the server sending. CrypTFlow2 (eprint 2020/1002), section 3.1
// (leaves of the millionaires' protocol), with the carry from the digit below as one more bit of the slot: SP-LUT of
// Dessouky et al., "Pushing the Communication Barrier in Secure Computation using Lookup Tables", NDSS 2017, section
// IV.
//
// A digit has b bits; its slots are numbered j, or j + 2^b carry_c above the lowest digit: at most 32 of them. Slot i
// of the server's word for digit y holds  [j > y] or ([j == y] and carry_c xor carry_s),  xor the server's share of it,
// under that slot's own pad; it is sent at i XOR e, e = (the client's slot) XOR rho.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

/// The words' bits that digits of `digit_bits` use, with a carry or without: 2^(digit_bits + carry).
int slots_of(int digit_bits, bool carry);

/// Server. Digit y = bits [shift, shift + digit_bits) of NOT s. carry: its share of the carry in, or empty for the
/// lowest digit. share: its share of the carry out. All spans but an empty carry have one length.
void leaf_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const std::uint8_t> carry, std::span<const std::uint8_t> share,
                std::span<const std::uint32_t> pads, std::span<std::uint32_t> words);

/// Client. Opens slot rho with its pad into its share of the carry out.
void leaf_open(std::span<const std::uint32_t> words, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<std::uint8_t> share);

/// Client, offline. e = (digit of c) XOR rho, digit_bits of it.
void leaf_choice(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> rho,
                 std::span<std::uint8_t> e);

}  // namespace veilward::nonlinear
