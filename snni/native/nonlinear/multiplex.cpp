#include "multiplex.hpp"

namespace veilward::nonlinear {
namespace {

constexpr std::uint32_t ring_mask(int bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

}  // namespace

void server_product(Bits d_s, Words s, Words p0, Words p1, Bits delta, int bits, std::span<std::uint32_t> z,
                    std::span<std::uint32_t> w) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < z.size(); ++i) {
    const std::uint32_t swap = (p0[i] ^ p1[i]) & (0u - (delta[i] & 1u));
    const std::uint32_t pad0 = p0[i] ^ swap;
    const std::uint32_t pad1 = p1[i] ^ swap;
    const std::uint32_t d = d_s[i] & 1u;
    z[i] = (pad0 - pad1 + (1u - 2u * d) * s[i]) & mask;
    w[i] = (d * s[i] - pad0) & mask;
  }
}

void client_product(Bits d_c, Words p, Words z, int bits, std::span<std::uint32_t> v) {
  const std::uint32_t mask = ring_mask(bits);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = (p[i] + ((0u - (d_c[i] & 1u)) & z[i])) & mask;
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
                      std::span<std::uint32_t> messages) {
  const std::uint32_t mask = ring_mask(bits);
  const std::uint32_t wrap = window >= 32 ? 0u : 1u << window;
  for (std::size_t i = 0; i < t.size(); ++i) {
    const std::uint32_t msb = (c[i] >> (window - 1)) & 1u;
    for (unsigned slot = 0; slot < 4; ++slot) {
      const unsigned j = slot ^ (flip[i] & 3u);
      const std::uint32_t d = (d_c[i] ^ j) & 1u;
      const std::uint32_t value = c[i] - (msb | (j >> 1)) * wrap;
      messages[4 * i + slot] = (((0u - d) & value) + t[i] + pads[4 * i + slot]) & mask;
    }
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

void server_choose(Words messages, int slots, Bits rho, Words pads, int bits, std::span<std::uint32_t> out) {
  const std::uint32_t mask = ring_mask(bits);
  const auto stride = static_cast<std::size_t>(slots);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = (messages[stride * i + (rho[i] & (stride - 1))] - pads[i]) & mask;
}

}  // namespace veilward::nonlinear
