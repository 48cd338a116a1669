// Multiplexer of a gate in two flights: the client's last word for either value of the server's share of the bit, one
// of them by oblivious transfer. SiRNN (eprint 2021/459), section 3 and section 4.2, with the server's share of the
// payload exchanged for one that it knew beforehand.
//
// v is the server's share, moved by h; p0, p1 are the low `window` bits of the messages of a transfer with the client's
// choice lambda. t = p1 - p0 mod 2^window, theta = 1{p1 < p0}, top = msb(t), so that t = p1 - p0 + 2^window theta.
// sigma = v - t is opened; c* = c + sigma, so that c + v = c* + t mod 2^window. Where d is 1 that is an integer X below
// 2^(window - 1):  X = c1 + t - 2^window a top, with c1 = c* - 2^window msb(c*) and a = 1 - msb(c*). So
//   d x = d (c1 - h) + d (p1 - p0) + 2^window (d theta - f top),  f = d a.
// delta = d XOR lambda is the server's, g = f XOR lambda' too; lambda (p1 - p0) is p_lambda - p0. kappa masks theta,
// phi = theta XOR kappa is opened; mu masks top, eps = top XOR mu is opened; lambda kappa and lambda' mu are shared
// beforehand. Without extension (window = bits) there is no theta, top, f, and their arrays are empty.
#pragma once
#include <cstdint>
#include <span>

#include "twoparty/nonlinear/multiplex.h"

namespace veilward::nonlinear {

/// Server, online: its share under a mask, and what it keeps of the mask. v: its shares mod 2^window, moved by h.
void masked_share(Words v, Words p0, Words p1, int window, std::span<std::uint32_t> sigma,
                  std::span<std::uint8_t> theta, std::span<std::uint8_t> top);

/// What the client has of a gate.
struct ClientOfWord {
  Bits lambda;        // its choice
  Words c, p, sigma;  // its share, the message of its choice, what the server opened
  Bits lambda2;       // lambda'
  Bits phi, eps;      // opened
  Words kappa, mu;    // its shares of lambda kappa and lambda' mu, mod 2^(bits - window)
};

/// Client: its part of d x less `steer`, mod 2^bits, were d; and g above it, at bit `bits`, when extending.
/// delta: d XOR lambda. half: h.
void word_of(Bits d, const ClientOfWord& own, Words steer, std::uint32_t half, int window, int bits,
             std::span<std::uint32_t> word);

/// Both messages of a transfer, a word each.
struct Pads {
  Words zero, one;
};

/// Client: covers both words for the server to have one. opening: the bit that it opens; it says which choice of the
/// server's, e of two, and which of two transfers are used: word j goes under the message of e XOR j.
void cover_words(Bits opening, Bits e0, Bits e1, Pads unset, Pads set, std::span<std::uint32_t> first,
                 std::span<std::uint32_t> second);

/// Server: the word that it chose, uncovered, and its bit. known: the client's opening; bit0, bit1 and pad0, pad1: its
/// bit and its message for either. `width`: bits of a word.
void uncover_word(Bits known, Bits bit0, Bits bit1, Words pad0, Words pad1, Words first, Words second, int width,
                  std::span<std::uint32_t> word, std::span<std::uint8_t> bit);

/// What the server has of a gate.
struct ServerOfWord {
  Words p0, p1;     // both messages
  Bits theta, top;  // of their difference
  Bits phi, eps;    // opened
  Words kappa, mu;  // its shares of lambda kappa and lambda' mu
};

/// Server: its share of d x less the client's mask. word: as the client made it for this d. delta: d XOR lambda.
void share_of(Bits delta, Words word, const ServerOfWord& own, int window, int bits, std::span<std::uint32_t> y);

}  // namespace veilward::nonlinear
