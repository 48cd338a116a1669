#include "twoparty/nonlinear/multiplex.h"

namespace veilward::nonlinear {
namespace {

constexpr std::uint32_t ring_mask(int bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

}  // namespace

void server_product(Bits d_s, Words s, Words p0, Words p1, int bits, std::span<std::uint32_t> z) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < z.size(); ++i) z[i] = (p0[i] - p1[i] + (1u - 2u * (d_s[i] & 1u)) * s[i]) & mask;
}

void server_part(Bits d_s, Words s, Words p0, Bits delta, int bits, std::span<std::uint32_t> w) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const std::uint32_t d = d_s[i] & 1u, negated = 0u - (delta[i] & 1u);
    w[i] = (d * s[i] + ((1u - 2u * d) * s[i] & negated) + ((p0[i] ^ ~negated) - ~negated)) & mask;
  }
}

void client_product(Bits d_c, Bits rho, Words p, Words z, int bits, std::span<std::uint32_t> v) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::uint32_t u = p[i] + ((0u - (rho[i] & 1u)) & z[i]);
    const std::uint32_t negated = 0u - ((d_c[i] ^ rho[i]) & 1u);
    v[i] = ((u ^ negated) - negated) & mask;
  }
}

void client_messages2(Bits d_c, Words c, Words t, Words p0, Words p1, Bits flip, int bits,
                      std::span<std::uint32_t> messages) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::uint32_t d = (d_c[i] ^ flip[i]) & 1u;
    messages[2 * i] = (((0u - d) & c[i]) + t[i] + p0[i]) & mask;
    messages[2 * i + 1] = (((d - 1u) & c[i]) + t[i] + p1[i]) & mask;
  }
}

void client_messages4(Bits d_c, Words c, Words t, Words pads, Bits flip, int window, int bits,
                      std::span<std::uint32_t> low, std::span<std::uint32_t> high) {
  const std::uint32_t low_mask = ring_mask(window), high_mask = ring_mask(bits - window);
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::uint32_t msb = (c[i] >> (window - 1)) & 1u;
    const std::uint32_t* const pad = pads.data() + 6 * i;
    for (unsigned slot = 0; slot < 4; ++slot) {
      const unsigned j = slot ^ (flip[i] & 3u);
      const std::uint32_t d = 0u - ((d_c[i] ^ j) & 1u);
      const std::uint32_t value = (d & c[i]) + t[i];
      const std::uint32_t wrap = d & (msb | (j >> 1)) & 1u;
      if (slot < 2) low[2 * i + slot] = (value + pad[slot]) & low_mask;
      high[4 * i + slot] = ((value >> window) - wrap + pad[2 + slot]) & high_mask;
    }
  }
}

void server_choose4(Words low, Words high, Bits rho, Words pads, int window, int bits, std::span<std::uint32_t> out) {
  const std::uint32_t low_mask = ring_mask(window), high_mask = ring_mask(bits - window);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint32_t below = (low[2 * i + (rho[i] & 1u)] - pads[2 * i]) & low_mask;
    const std::uint32_t above = (high[4 * i + (rho[i] & 3u)] - pads[2 * i + 1]) & high_mask;
    out[i] = below | (above << window);
  }
}

void client_extension(Words c, Words t, Words p0, Words p1, Bits flip, int window, int bits,
                      std::span<std::uint32_t> messages) {
  const std::uint32_t mask = ring_mask(bits);
  const std::uint32_t wrap = window >= 32 ? 0u : 1u << window;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::uint32_t msb = (c[i] >> (window - 1)) & 1u;
    const std::uint32_t f = flip[i] & 1u;
    messages[2 * i] = (c[i] - (msb | f) * wrap + t[i] + p0[i]) & mask;
    messages[2 * i + 1] = (c[i] - (msb | (f ^ 1u)) * wrap + t[i] + p1[i]) & mask;
  }
}

void server_choose(Words messages, Bits rho, Words pads, int bits, std::span<std::uint32_t> out) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = (messages[2 * i + (rho[i] & 1u)] - pads[i]) & mask;
}

}  // namespace veilward::nonlinear
