#include "twoparty/nonlinear/multiplex.h"

namespace veilward::nonlinear {
namespace {

constexpr std::uint32_t ring_mask(int bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

std::uint32_t all(std::uint32_t bit) { return 0u - (bit & 1u); }

/// value, or its negative where bit is set.
std::uint32_t signed_by(std::uint32_t bit, std::uint32_t value) { return (value ^ all(bit)) + (bit & 1u); }

/// What the client knows of its share c of an extended value.
struct Extended {
  std::uint32_t value, a;  // c1, a

  Extended(std::uint32_t c, int window) {
    const std::uint32_t msb = (c >> (window - 1)) & 1u;
    value = c - (msb << window);
    a = 1u - msb;
  }
};

/// The wrap's part of a share: x has - 2^window a msb_s with msb_s = eps + (1 - 2 eps) mu. of_a, of_a_mu: shares.
std::uint32_t wrap_of(std::uint32_t eps, std::uint32_t of_a, std::uint32_t of_a_mu, int window) {
  return ((of_a & all(eps)) + signed_by(eps, of_a_mu)) << window;
}

}  // namespace

void mask_payload(Bits lambda_c, Words c, Words p0, Words p1, int bits, std::span<std::uint32_t> shares,
                  std::span<std::uint32_t> corrections) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < c.size(); ++i) {
    shares[i] = ((c[i] & all(lambda_c[i])) - p0[i]) & mask;
    corrections[i] = (p0[i] - p1[i] + signed_by(lambda_c[i], c[i])) & mask;
  }
}

void mask_extended(Bits lambda_c, Words c, Words pads, int window, int bits, std::span<std::uint32_t> low,
                   std::span<std::uint32_t> high, std::span<std::uint32_t> low_corrections,
                   std::span<std::uint32_t> high_corrections) {
  const std::uint32_t mask = ring_mask(bits), high_mask = ring_mask(bits - window);
  for (std::size_t i = 0; i < c.size(); ++i) {
    const std::uint32_t* const pad = pads.data() + 10 * i;
    const Extended own(c[i], window);
    const std::uint32_t lambda = all(lambda_c[i]);
    low[i] = ((own.value & lambda) - pad[0]) & mask;
    low_corrections[i] = (pad[0] - pad[1] + signed_by(lambda_c[i], own.value)) & mask;
    high[3 * i] = ((own.a & lambda) - pad[2]) & high_mask;
    high[3 * i + 1] = (0u - pad[4]) & high_mask;
    high[3 * i + 2] = (0u - pad[6]) & high_mask;
    std::uint32_t* const to = high_corrections.data() + 5 * i;
    to[0] = (pad[2] - pad[3] + signed_by(lambda_c[i], own.a)) & high_mask;
    to[1] = (pad[4] - pad[5] + own.a) & high_mask;
    to[2] = (pad[6] - pad[7]) & high_mask;                           // lambda_s alone: mu is 0
    to[3] = (pad[6] - pad[8] + (own.a & lambda)) & high_mask;        // mu alone: lambda is lambda_c
    to[4] = (pad[6] - pad[9] + (own.a & ~lambda & 1u)) & high_mask;  // both: lambda is its negation
  }
}

void unmask_payload(Bits lambda_s, Words pad, Words corrections, int bits, std::span<std::uint32_t> shares) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < shares.size(); ++i) shares[i] = (pad[i] + (corrections[i] & all(lambda_s[i]))) & mask;
}

void unmask_extended(Bits choices, Words pads, Words low_corrections, Words high_corrections, int window, int bits,
                     std::span<std::uint32_t> low, std::span<std::uint32_t> high) {
  const std::uint32_t mask = ring_mask(bits), high_mask = ring_mask(bits - window);
  for (std::size_t i = 0; i < low.size(); ++i) {
    const std::uint32_t lambda = all(choices[i]), mu = all(choices[i] >> 1u);
    const std::uint32_t* const from = high_corrections.data() + 5 * i;
    const std::uint32_t both = (from[2] & lambda & ~mu) | (from[3] & ~lambda & mu) | (from[4] & lambda & mu);
    low[i] = (pads[4 * i] + (low_corrections[i] & lambda)) & mask;
    high[3 * i] = (pads[4 * i + 1] + (from[0] & lambda)) & high_mask;
    high[3 * i + 1] = (pads[4 * i + 2] + (from[1] & mu)) & high_mask;
    high[3 * i + 2] = (pads[4 * i + 3] + both) & high_mask;
  }
}

void server_product(Bits lambda_s, Words s, Words p0, Words p1, int bits, std::span<std::uint32_t> z) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = (p0[i] - p1[i] + signed_by(lambda_s[i], s[i])) & mask;
}

void client_part(Bits delta, Bits eps, Bits lambda_c, Words c, Words p, Words z, Products products, int window,
                 int bits, std::span<std::uint32_t> y) {
  const std::uint32_t mask = ring_mask(bits);
  const bool extend = !eps.empty();
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::uint32_t whole = c[i], masked = products.low[i] + p[i] + (z[i] & all(lambda_c[i]));
    if (extend) {
      const Extended own(c[i], window);
      const std::uint32_t* const high = products.high.data() + 3 * i;
      whole = own.value - wrap_of(eps[i], own.a, high[1], window);
      masked -= wrap_of(eps[i], high[0], high[2], window);
    }
    y[i] = ((whole & all(delta[i])) + signed_by(delta[i], masked)) & mask;
  }
}

void server_part(Bits delta, Bits eps, Bits lambda_s, Words s, Words p0, Products products, int window, int bits,
                 std::span<std::uint32_t> y) {
  const std::uint32_t mask = ring_mask(bits);
  const bool extend = !eps.empty();
  for (std::size_t i = 0; i < y.size(); ++i) {
    std::uint32_t whole = s[i], masked = products.low[i] + (s[i] & all(lambda_s[i])) - p0[i];
    if (extend) {
      const std::uint32_t* const high = products.high.data() + 3 * i;
      whole -= wrap_of(eps[i], 0, high[1], window);
      masked -= wrap_of(eps[i], high[0], high[2], window);
    }
    y[i] = ((whole & all(delta[i])) + signed_by(delta[i], masked)) & mask;
  }
}

void mask_wrap(Words c, Words p0, Words p1, int window, int high_bits, std::span<std::uint32_t> shares,
               std::span<std::uint32_t> corrections) {
  const std::uint32_t mask = ring_mask(high_bits);
  for (std::size_t i = 0; i < c.size(); ++i) {
    shares[i] = (0u - p0[i]) & mask;
    corrections[i] = (p0[i] - p1[i] + Extended(c[i], window).a) & mask;
  }
}

void client_extended(Bits eps, Words c, Words share, int window, int bits, std::span<std::uint32_t> y) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const Extended own(c[i], window);
    y[i] = (own.value - wrap_of(eps[i], own.a, share[i], window)) & mask;
  }
}

void server_extended(Bits eps, Words s, Words share, int window, int bits, std::span<std::uint32_t> y) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = (s[i] - wrap_of(eps[i], 0, share[i], window)) & mask;
}

}  // namespace veilward::nonlinear
