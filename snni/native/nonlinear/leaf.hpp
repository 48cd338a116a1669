// Leaf tables of the millionaires' protocol. CrypTFlow2 (eprint 2020/1002), section 3.1, Algorithm 1, steps 1 to 11;
// the client is the OT receiver and its slot choice e = x XOR rho was sent offline.
//
// A digit has b bits (1..4), so 2^b slots. The server's word for digit y holds, in slot j XOR e,
// [j > y] XOR gt_share (bits 0..15) and [j == y] XOR eq_share (bits 16..31), each under that slot's own pad.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

/// A share of one comparison node: bit 0 "greater", bit 1 "equal".
using NodeShare = std::uint8_t;

/// Server. Digit y = bits [shift, shift + digit_bits) of NOT s. All spans have one length.
void leaf_words(std::span<const std::uint32_t> s, int shift, int digit_bits, std::span<const std::uint8_t> e,
                std::span<const NodeShare> share, std::span<const std::uint32_t> pads, std::span<std::uint32_t> words);

/// Client. Opens slot rho with its pad (bit 0 gt, bit 1 eq) into its node share.
void leaf_open(std::span<const std::uint32_t> words, std::span<const std::uint8_t> rho,
               std::span<const std::uint8_t> pads, std::span<NodeShare> share);

/// Client, offline. e = (digit of c) XOR rho.
void leaf_choice(std::span<const std::uint32_t> c, int shift, int digit_bits, std::span<const std::uint8_t> rho,
                 std::span<std::uint8_t> e);

/// Wire form: with equality 2^(b+1) bits a digit (gt slots, then eq slots), without 2^b.
/// In place, so that pack_words can drop the gap that digits below 4 bits leave at bits 2^b .. 15.
void leaf_squeeze(std::span<std::uint32_t> words, int digit_bits);
void leaf_spread(std::span<std::uint32_t> words, int digit_bits);

}  // namespace veilward::nonlinear
