// Multiplexer with a steered output share. SiRNN (eprint 2021/459), section 3 (multiplexer by two correlated OTs) and
// section 4.2 (extension with known msb); the client's share of the result is chosen by the client (steering).
//
// d = d_c XOR d_s. Server's share y_s and client's share r satisfy y_s + r = d * value mod 2^bits.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

using Words = std::span<const std::uint32_t>;
using Bits = std::span<const std::uint8_t>;

/// Server as OT sender. Pads (p0, p1), the client's correction delta = d_c XOR rho. Sends z; keeps w.
///   z = P0 - P1 + (1 - 2 d_s) s,   w = d_s s - P0,   P_b = p_{b XOR delta};   all mod 2^bits.
void server_product(Bits d_s, Words s, Words p0, Words p1, Bits delta, int bits, std::span<std::uint32_t> z,
                    std::span<std::uint32_t> w);

/// Client as OT receiver: v = p + d_c z = d s - w mod 2^bits.
void client_product(Bits d_c, Words p, Words z, int bits, std::span<std::uint32_t> v);

/// Client as OT sender, two slots, choice d_s: slot i holds (d_c XOR i XOR flip) c + t plus its pad.
/// messages has 2n words, slot-major pairs [n][2].
void client_messages2(Bits d_c, Words c, Words t, Words p0, Words p1, Bits flip, int bits,
                      std::span<std::uint32_t> messages);

/// Client as OT sender, four slots, choice (d_s, msb_s): slot i holds, with j = i XOR flip,
/// (d_c XOR j0) (c - 2^window (msb_c OR j1)) + t plus its pad. pads and messages are [n][4].
void client_messages4(Bits d_c, Words c, Words t, Words pads, Bits flip, int window, int bits,
                      std::span<std::uint32_t> messages);

/// Client as OT sender, two slots, choice msb_s: slot i holds, with j = i XOR flip,
/// c - 2^window (msb_c OR j) + t plus its pad: extension of a value whose msb is known to be zero.
void client_extension(Words c, Words t, Words p0, Words p1, Bits flip, int window, int bits,
                      std::span<std::uint32_t> messages);

/// Server as OT receiver: slot rho of `slots` less its pad, mod 2^bits.
void server_choose(Words messages, int slots, Bits rho, Words pads, int bits, std::span<std::uint32_t> out);

}  // namespace veilward::nonlinear
