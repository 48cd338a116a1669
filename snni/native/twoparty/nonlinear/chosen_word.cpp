#include "twoparty/nonlinear/chosen_word.h"

namespace veilward::nonlinear {
namespace {

constexpr std::uint32_t ring_mask(int bits) { return bits == 32 ? ~0u : (1u << bits) - 1; }

std::uint32_t all(std::uint32_t bit) { return 0u - (bit & 1u); }

/// value, or its negative where bit is set.
std::uint32_t signed_by(std::uint32_t bit, std::uint32_t value) { return (value ^ all(bit)) + (bit & 1u); }

/// A share of hidden times masked, where `hidden` of it is opened under a bit of which `product` is a share:
/// masked (opened + (1 - 2 opened) mask). of_opened: masked, for the party that knows it; 0 for the other.
std::uint32_t of_masked(std::uint32_t opened, std::uint32_t of_opened, std::uint32_t product) {
  return (of_opened & all(opened)) + signed_by(opened, product);
}

}  // namespace

void masked_share(Words v, Words p0, Words p1, int window, std::span<std::uint32_t> sigma,
                  std::span<std::uint8_t> theta, std::span<std::uint8_t> top) {
  const std::uint32_t mask = ring_mask(window);
  for (std::size_t i = 0; i < v.size(); ++i) {
    const std::uint32_t low = p0[i] & mask, high = p1[i] & mask, t = (high - low) & mask;
    sigma[i] = (v[i] - t) & mask;
    if (theta.empty()) continue;
    theta[i] = high < low ? 1 : 0;
    top[i] = static_cast<std::uint8_t>(t >> (window - 1));
  }
}

void word_of(Bits d, const ClientOfWord& own, Words steer, std::uint32_t half, int window, int bits,
             std::span<std::uint32_t> word) {
  const std::uint32_t inside = ring_mask(window), mask = ring_mask(bits);
  const bool extend = !own.eps.empty();
  for (std::size_t i = 0; i < word.size(); ++i) {
    const std::uint32_t lambda = own.lambda[i] & 1u, delta = (d[i] ^ lambda) & 1u, p = own.p[i] & inside;
    const std::uint32_t moved = (own.c[i] + own.sigma[i]) & inside;
    std::uint32_t y = signed_by(delta, p) - steer[i];
    if (!extend) {
      word[i] = (y + ((moved - half) & all(d[i]))) & mask;
      continue;
    }
    const std::uint32_t msb = moved >> (window - 1), lambda2 = own.lambda2[i] & 1u;
    const std::uint32_t f = d[i] & (msb ^ 1u) & 1u, g = f ^ lambda2;
    y += (moved - (msb << window) - half) & all(d[i]);
    y += signed_by(delta, of_masked(own.phi[i], lambda, own.kappa[i])) << window;
    y -= signed_by(g, of_masked(own.eps[i], lambda2, own.mu[i])) << window;
    word[i] = (y & mask) | g << bits;
  }
}

void share_of(Bits delta, Words word, const ServerOfWord& own, int window, int bits, std::span<std::uint32_t> y) {
  const std::uint32_t inside = ring_mask(window), mask = ring_mask(bits);
  const bool extend = !own.eps.empty();
  for (std::size_t i = 0; i < y.size(); ++i) {
    const std::uint32_t one = all(delta[i]);
    std::uint32_t share = word[i] + ((own.p1[i] & inside) & one) - ((own.p0[i] & inside) & ~one);
    if (extend) {
      const std::uint32_t g = (word[i] >> bits) & 1u;
      const std::uint32_t theta = own.theta[i] & 1u, top = own.top[i] & 1u;
      share += ((theta & one) + signed_by(delta[i], of_masked(own.phi[i], 0, own.kappa[i]))) << window;
      share -= ((top & all(g)) + signed_by(g, of_masked(own.eps[i], 0, own.mu[i]))) << window;
    }
    y[i] = share & mask;
  }
}

}  // namespace veilward::nonlinear
