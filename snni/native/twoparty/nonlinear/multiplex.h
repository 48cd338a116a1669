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

/// Server as OT sender, before it knows the client's correction delta = d_c XOR rho. Sends z = P0 - P1 + (1 - 2 d_s) s
/// mod 2^bits.
void server_product(Bits d_s, Words s, Words p0, Words p1, int bits, std::span<std::uint32_t> z);

/// Its share of d s once it knows delta: with P0 + rho (1 - 2 d_s) s at the client, w = d_s s - P0, or, where delta
/// says that the client negated its part, d_s s + (1 - 2 d_s) s + P0; mod 2^bits.
void server_part(Bits d_s, Words s, Words p0, Bits delta, int bits, std::span<std::uint32_t> w);

/// Client as OT receiver: its share v = u or, where d_c is not rho, -u, with u = p + rho z; v + w = d s mod 2^bits.
void client_product(Bits d_c, Bits rho, Words p, Words z, int bits, std::span<std::uint32_t> v);

/// Client as OT sender, two slots, choice d_s: slot i holds (d_c XOR i XOR flip) c + t plus its pad.
/// messages has 2n words, slot-major pairs [n][2].
void client_messages2(Bits d_c, Words c, Words t, Words p0, Words p1, Bits flip, int bits,
                      std::span<std::uint32_t> messages);

/// Client as OT sender, choice (d_s, msb_s): with j = slot XOR flip, (d_c XOR j0) (c - 2^window (msb_c OR j1)) + t. Its
/// low `window` bits do not depend on j1: low is [n][2] by j0, high, the bits above, is [n][4]; each plus its pad of
/// pads [n][6] (two for low, four for high), mod 2^window and 2^(bits - window).
void client_messages4(Bits d_c, Words c, Words t, Words pads, Bits flip, int window, int bits,
                      std::span<std::uint32_t> low, std::span<std::uint32_t> high);

/// Server as its receiver: the value at its choice; rho, pads [n][2] as it holds them.
void server_choose4(Words low, Words high, Bits rho, Words pads, int window, int bits, std::span<std::uint32_t> out);

/// Client as OT sender, two slots, choice msb_s: slot i holds, with j = i XOR flip,
/// c - 2^window (msb_c OR j) + t plus its pad: extension of a value whose msb is known to be zero.
void client_extension(Words c, Words t, Words p0, Words p1, Bits flip, int window, int bits,
                      std::span<std::uint32_t> messages);

/// Server as OT receiver: slot rho of two less its pad, mod 2^bits.
void server_choose(Words messages, Bits rho, Words pads, int bits, std::span<std::uint32_t> out);

}  // namespace veilward::nonlinear
