// Multiplexer of an opened bit with a steered output share. SiRNN (eprint 2021/459), section 3 (products of a bit and a
// value by correlated OT) and section 4.2 (extension with known msb), on a bit that is opened under a mask shared
// beforehand, as ABY2.0 (Patra, Schneider, Suresh, Yalame, eprint 2020/1225), section 3, opens its values.
//
// x = c1 + s - 2^window a msb_s, c1 = c - 2^window msb_c, a = 1 - msb_c; without extension x = c + s and c1 = c.
// lambda = lambda_c XOR lambda_s masks the bit d; delta = d XOR lambda is opened. mu masks msb_s; eps = msb_s XOR mu is
// opened. d x = delta x + (1 - 2 delta) lambda x, and what of it is a product of both parties' secrets was shared
// beforehand: lambda c1, lambda a, a mu, lambda a mu; lambda s by z.
#pragma once
#include <cstdint>
#include <span>

namespace veilward::nonlinear {

using Words = std::span<const std::uint32_t>;
using Bits = std::span<const std::uint8_t>;

/// What both parties hold of one gate's products, a value after the other. low, mod 2^bits: of lambda c1. high, mod
/// 2^(bits - window): of lambda a, a mu, lambda a mu; empty without extension.
struct Products {
  Words low, high;  // [n], [n][3]
};

/// Client, beforehand, as OT sender with pads p0, p1: its shares of lambda c, and the corrections that give the server
/// the rest, mod 2^bits.
void mask_payload(Bits lambda_c, Words c, Words p0, Words p1, int bits, std::span<std::uint32_t> shares,
                  std::span<std::uint32_t> corrections);

/// The same when extending. pads [n][10]: a0, a1, e0, e1, m0, m1, b0..b3 (ot/correlation.h). low: shares of lambda c1,
/// high [n][3]: of lambda a, a mu, lambda a mu; low_corrections [n] and high_corrections [n][5]: one each of lambda a
/// and a mu, three of lambda a mu.
void mask_extended(Bits lambda_c, Words c, Words pads, int window, int bits, std::span<std::uint32_t> low,
                   std::span<std::uint32_t> high, std::span<std::uint32_t> low_corrections,
                   std::span<std::uint32_t> high_corrections);

/// Server, beforehand: its shares, from its choices lambda_s and the pad of each.
void unmask_payload(Bits lambda_s, Words pad, Words corrections, int bits, std::span<std::uint32_t> shares);

/// The same when extending: choices have bits lambda_s and mu; pads [n][4]: a, e, m, b.
void unmask_extended(Bits choices, Words pads, Words low_corrections, Words high_corrections, int window, int bits,
                     std::span<std::uint32_t> low, std::span<std::uint32_t> high);

/// Server as OT sender, in its first message: z = P0 - P1 + (1 - 2 lambda_s) s mod 2^bits.
void server_product(Bits lambda_s, Words s, Words p0, Words p1, int bits, std::span<std::uint32_t> z);

/// Client: its share of d x. Of lambda s it has p + lambda_c z. eps: empty without extension (window = bits).
void client_part(Bits delta, Bits eps, Bits lambda_c, Words c, Words p, Words z, Products products, int window,
                 int bits, std::span<std::uint32_t> y);

/// Server: its share of d x. Of lambda s it has lambda_s s - P0.
void server_part(Bits delta, Bits eps, Bits lambda_s, Words s, Words p0, Products products, int window, int bits,
                 std::span<std::uint32_t> y);

/// Extension of a value whose msb is known to be 0, which needs a mu alone. Client, beforehand, as OT sender: its share
/// -m0, and the correction for the server, mod 2^high_bits.
void mask_wrap(Words c, Words p0, Words p1, int window, int high_bits, std::span<std::uint32_t> shares,
               std::span<std::uint32_t> corrections);

/// Client: its share of c + s - 2^window (msb_c OR msb_s) mod 2^bits. share: of a mu.
void client_extended(Bits eps, Words c, Words share, int window, int bits, std::span<std::uint32_t> y);

/// Server: its share. share: of a mu.
void server_extended(Bits eps, Words s, Words share, int window, int bits, std::span<std::uint32_t> y);

}  // namespace veilward::nonlinear
